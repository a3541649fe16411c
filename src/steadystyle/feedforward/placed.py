"""A file or a folder that somebody else writes: in its place as a whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from steadystyle.core.errors import OutputError
from steadystyle.images.atomic import check_place, sync_folder
from steadystyle.images.leftovers import PREFIX, SUFFIX, claimed, remove_leftovers
from steadystyle.images.opened import reason, shown

MARK = "saved_model.pb"
"""By which a folder is known to be an export; no other is ever replaced."""


def check_target(path: Path, *, is_folder: bool, overwrite: bool) -> None:
    """Before anything is computed: can something new be put there?

    Raises:
        OutputError: no; the message says why.
    """
    if os.path.lexists(path):
        if not overwrite:
            raise OutputError(f"{shown(path)} exists; name another, or add --force")
        if path.is_dir() and (not is_folder or (any(path.iterdir()) and not (path / MARK).exists())):
            raise OutputError(f"cannot replace {shown(path)}: it is a folder with something else in it; name another")
        if is_folder and not path.is_dir():
            raise OutputError(f"cannot replace {shown(path)}: it is a file; name another")
    if not path.is_dir():
        check_place(path)


def place(path: Path, write: Callable[[Path], None]) -> int:
    """Let `write` write to a path beside `path`, bring that to the disk, and rename it; how many bytes it has.

    What `write` raises is raised, and all is as it was.

    Raises:
        OutputError: it cannot be written.
    """
    remove_leftovers(path.parent)
    inner = path.parent / f"{PREFIX}{secrets.token_hex(8)}{SUFFIX}"
    try:
        try:
            inner.mkdir()
            with _claimed(inner):
                new = inner / path.name
                write(new)
                size = _synced(new)
                _swap(new, path)
        finally:
            shutil.rmtree(inner, ignore_errors=True)
    except OSError as error:
        told = f"cannot write {shown(path)}: {reason(error)}; free some space, or name another folder"
        raise OutputError(told) from error
    sync_folder(path.parent)
    return size


@contextlib.contextmanager
def _claimed(folder: Path) -> Iterator[None]:
    """Hold the lock on a folder that is not left over; there is none on Windows, which opens no folders."""
    lock = None
    with contextlib.suppress(OSError):
        lock = os.open(folder, os.O_RDONLY)
        claimed(lock)
    try:
        yield
    finally:
        if lock is not None:
            os.close(lock)


def _swap(new: Path, path: Path) -> None:
    """Put `new` where `path` is. A folder that is there has to go first, as no system replaces one that is not empty;
    for that moment it has a name by which people find it.
    """
    if not path.is_dir():
        os.replace(new, path)
        return
    before = path.with_name(f"{path.name}.before-{secrets.token_hex(4)}")
    os.rename(path, before)
    try:
        os.rename(new, path)
    except BaseException:
        os.rename(before, path)
        raise
    with contextlib.suppress(OSError):
        os.rename(before, new.parent / "old")  # where it is removed with the rest, now or the next time
    shutil.rmtree(before, ignore_errors=True)


def _synced(new: Path) -> int:
    """Bring it to the disk; its bytes."""
    files = [new] if new.is_file() else [path for path in new.rglob("*") if path.is_file()]
    for file in files:
        with file.open("rb+") as opened:
            os.fsync(opened.fileno())
    for folder in {file.parent for file in files}:
        sync_folder(folder)
    return sum(file.stat().st_size for file in files)
