"""A file is there as a whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

from steadystyle.core.errors import OutputError
from steadystyle.images.opened import reason, shown


def write_atomically(
    path: str | os.PathLike[str], data: bytes, check: Callable[[Path], None] = lambda written: None
) -> None:
    """Write `data` to `path`: under a temporary name in the same folder, brought to the disk, and only then renamed.

    A link is followed. A file that exists keeps its permissions; a new one gets what the umask allows.

    Args:
        check: looks at the file before it is renamed; what it raises is raised, and the file is not there.

    Raises:
        OutputError: it cannot be written; whatever stood there still stands, and nothing new lies beside it.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".steadystyle-{secrets.token_hex(8)}.tmp")
    try:
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
            with open(descriptor, "wb") as file:
                if target.exists():
                    os.chmod(temporary, stat.S_IMODE(target.stat().st_mode))
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
