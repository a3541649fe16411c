"""One process at a time: a lock that the system takes back when its owner ends, however it ends."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from steadystyle.core.errors import CheckpointError, OutputError
from steadystyle.images.leftovers import claimed
from steadystyle.images.opened import reason


@contextlib.contextmanager
def alone_with(path: Path, name: str) -> Iterator[None]:
    """While this lasts, nobody else who asks has `path`. The lock is a file beside it, which goes with it.

    Args:
        name: of `path`, for messages.

    Raises:
        CheckpointError: somebody else has it.
        OutputError: the folder is missing or not writable.
    """
    lock = path.with_name(path.name + ".lock")
    try:
        descriptor = _locked(lock)
    except OSError as error:
        raise OutputError(f"cannot write {name}: {reason(error)}; name another folder") from error
    if descriptor is None:
        raise CheckpointError(f"{name} is in use by another process; wait for it, or name another file")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            lock.unlink()
        os.close(descriptor)


def _locked(lock: Path) -> int | None:
    """The open file, locked; None if somebody else has it."""
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            if not claimed(descriptor):
                os.close(descriptor)
                return None
            # Whoever had it before may have removed the file between these two calls.
            if lock.exists() and os.path.samestat(os.fstat(descriptor), lock.stat()):
                return descriptor
        except OSError:
            os.close(descriptor)
            raise
        os.close(descriptor)
