"""A disk that fails: the N-th operation on files below a folder does, once or from then on.

Source: the method of SQLite's tests, https://sqlite.org/testing.html, sec. 3.2 (I/O error testing).
"""

from __future__ import annotations

import builtins
import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


class Disk:
    """Counts opens, writes, syncs, renames and removals of files below `folder`, as the operating system sees them.

    Args:
        fails_at: number of the operation that fails, from 1.
        error: the errno it fails with.
        lasting: all that come after it do, too.

    Attributes:
        count: operations so far.
    """

    def __init__(self, folder: Path, fails_at: int, error: int, *, lasting: bool) -> None:
        self._folder, self._fails_at, self._error, self._lasting = str(folder), fails_at, error, lasting
        self.count = 0
        self._ours = set[int]()

    def step(self, what: Any) -> None:
        """One operation.

        Raises:
            OSError: it is the one that fails.
        """
        self.count += 1
        if self.count == self._fails_at or (self._lasting and self.count > self._fails_at):
            raise OSError(self._error, os.strerror(self._error), what if isinstance(what, str) else None)

    def holds(self, file: Any) -> bool:
        """Whether a path, or a descriptor that `opened` gave, is one of ours."""
        if isinstance(file, int):
            return file in self._ours
        return isinstance(file, str | os.PathLike) and os.path.abspath(file).startswith(self._folder)

    def opened(self, descriptor: int) -> int:
        """Remember a descriptor of ours."""
        self._ours.add(descriptor)
        return descriptor

    def closed(self, descriptor: int) -> None:
        """Forget it."""
        self._ours.discard(descriptor)


class FailingFile(io.FileIO):
    """A file whose every write is an operation; one that fails has written half before."""

    disk: Disk

    def write(self, data: Any) -> int:
        """As the file's own."""
        try:
            self.disk.step(self.name)
        except OSError:
            super().write(memoryview(data)[: len(data) // 2])
            raise
        return super().write(data)

    def close(self) -> None:
        """As the file's own; its number may then be another file's."""
        if not self.closed:
            self.disk.closed(self.fileno())
        super().close()


@contextmanager
def failing(disk: Disk) -> Iterator[Disk]:
    """While this lasts, files below the disk's folder lie on it."""
    own_open, os_open, os_close, os_fsync = io.open, os.open, os.close, os.fsync

    def open_file(file: Any, mode: str = "r", *rest: Any, **more: Any) -> Any:
        if not disk.holds(file):
            return own_open(file, mode, *rest, **more)
        if not isinstance(file, int):
            disk.step(os.fspath(file))
        if "r" in mode and "+" not in mode:
            return own_open(file, mode, *rest, **more)
        raw = FailingFile(file, "r+" if isinstance(file, int) else mode.replace("b", ""), opener=more.get("opener"))
        raw.disk = disk
        return io.BufferedRandom(raw, 1 << 20)

    def open_descriptor(path: Any, *rest: Any, **more: Any) -> int:
        if not disk.holds(path):
            return os_open(path, *rest, **more)
        disk.step(os.fspath(path))
        return disk.opened(os_open(path, *rest, **more))

    def close(descriptor: int) -> None:
        disk.closed(descriptor)
        os_close(descriptor)

    def sync(descriptor: int) -> None:
        if disk.holds(descriptor):
            disk.step(None)
        os_fsync(descriptor)

    def counted(original: Callable[..., None]) -> Callable[..., None]:
        def operation(path: Any, *rest: Any, **more: Any) -> None:
            if disk.holds(path):
                disk.step(os.fspath(path))
            original(path, *rest, **more)

        return operation

    with pytest.MonkeyPatch.context() as patch:
        for module in (builtins, io):
            patch.setattr(module, "open", open_file)
        patch.setattr(os, "open", open_descriptor)
        patch.setattr(os, "close", close)
        patch.setattr(os, "fsync", sync)
        for name in ("replace", "rename", "unlink", "remove"):
            patch.setattr(os, name, counted(getattr(os, name)))
        yield disk


FAULTS = [(errno.ENOSPC, False), (errno.ENOSPC, True), (errno.EIO, False), (errno.EACCES, True)]
"""What a disk can say, and whether from then on: full for a moment, full, with a bad place, read-only."""
