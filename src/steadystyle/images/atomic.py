"""A file is there as a whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from steadystyle.core.errors import OutputError
from steadystyle.images.leftovers import PREFIX, SUFFIX, claimed
from steadystyle.images.opened import reason, shown


def write_atomically(
    path: str | os.PathLike[str],
    data: bytes | Callable[[BinaryIO], None],
    check: Callable[[Path], None] = lambda written: None,
) -> None:
    """Write `data` to `path`: under a temporary name in the same folder, brought to the disk, and only then renamed.

    A link is followed. A file that exists keeps its permissions; a new one gets what the umask allows.

    Args:
        data: what to write, or who writes it to a file that is open for that, and can be sought in.
        check: looks at the file before it is renamed; what it raises is raised, and the file is not there.

    Raises:
        OutputError: it cannot be written; whatever stood there still stands, and nothing new lies beside it.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f"{PREFIX}{secrets.token_hex(8)}{SUFFIX}")
    try:
        try:
            descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
            with open(descriptor, "w+b") as file:
                claimed(descriptor)
                if target.exists():
                    os.chmod(temporary, stat.S_IMODE(target.stat().st_mode))
                if callable(data):
                    data(file)
                else:
                    file.write(data)
                file.flush()
                os.fsync(file.fileno())
            check(temporary)
            os.replace(temporary, target)
        except BaseException:  # Ctrl-C too
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        raise OutputError(
            f"cannot write {shown(path)}: {reason(error)}; free some space, or name another folder"
        ) from error
    sync_folder(target.parent)


def check_place(path: str | os.PathLike[str]) -> None:
    """Before anything is computed: could `write_atomically` write here? The folder stays as it is.

    Raises:
        OutputError: no; the message says why.
    """
    target = Path(os.path.realpath(path))
    name = shown(path)
    if target.is_dir():
        raise OutputError(f"cannot write {name}: it is a folder; name a file in it")
    if target.exists() and not (target.is_file() and os.access(target, os.W_OK)):
        raise OutputError(f"cannot write {name}: it is write-protected, or no regular file; name another")
    if not target.parent.is_dir():
        raise OutputError(f"cannot write {name}: there is no folder {shown(target.parent)}; make it, or name another")
    try:
        with tempfile.TemporaryFile(dir=target.parent):  # where the system can, it never has a name
            pass
    except OSError as error:
        raise OutputError(f"cannot write {name}: {reason(error)}; name another folder") from error


def sync_folder(folder: Path) -> None:
    """Bring a rename to the disk. Where the system cannot, the rename stands all the same until the power fails."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
