"""Temporary files and folders that nobody will finish: what a process that was killed was writing.

Who writes one holds a lock on it, which the system lets go of when the process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where a file that is open cannot be removed anyway
    fcntl = None  # type: ignore[assignment]

PREFIX, SUFFIX = ".steadystyle-", ".tmp"
YOUNG = 60.0
"""Seconds: a file younger than that may not have its lock yet, or be on a disk that knows no locks."""


def claimed(descriptor: int) -> bool:
    """Take the lock on an open file without waiting; False if somebody else has it. Who has it lets go by closing.

    Where there are no locks (Windows, some network disks) it is True for everybody.
    """
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def remove_leftovers(folder: Path) -> None:
    """Remove what is temporary of ours in `folder` and no longer being written. What cannot be removed stays."""
    with contextlib.suppress(OSError):
        for path in folder.glob(f"{PREFIX}*{SUFFIX}"):
            with contextlib.suppress(OSError):
                _remove_if_left(path)


def _remove_if_left(path: Path) -> None:
    if time.time() - path.stat().st_mtime < YOUNG:
        return
    is_folder = path.is_dir()
    descriptor = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        if claimed(descriptor):
            shutil.rmtree(path) if is_folder else path.unlink()
    finally:
        os.close(descriptor)
