"""Many pictures, one after the other: while one is computed, the next is read and the last is written."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from steadystyle.apps.cli.sources import Failure, Task
from steadystyle.core.errors import SteadyStyleError

AHEAD = 2
"""Pictures that are read before their turn, and made but not yet written: so many are in memory, however many come."""


class Conveyor:
    """Takes each task through three stations. Reading and writing have a thread each, computing the caller's.

    Args:
        read: gives what `make` takes.
        make: gives what `write` takes.
        write: brings it to its file.
        stopped: asked before each picture; True ends the run when what was begun is done.
    """

    def __init__(
        self,
        read: Callable[[Task], np.ndarray],
        make: Callable[[np.ndarray], np.ndarray],
        write: Callable[[Task, np.ndarray], None],
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._read, self._make, self._write, self._stopped = read, make, write, stopped

    def run(self, tasks: Sequence[Task]) -> Iterator[Task | Failure]:
        """Each task when its file is there, or the failure that it ended in; in the order of `tasks`.

        A `SteadyStyleError` ends one task, any other exception the run.
        """
        waiting = deque(tasks)
        reading = deque[tuple[Task, Future[np.ndarray]]]()
        writing = deque[tuple[Task, Future[None]]]()
        with ThreadPoolExecutor(1) as reader, ThreadPoolExecutor(1) as writer:
            while (waiting or reading) and not self._stopped():
                while waiting and len(reading) < AHEAD:
                    task = waiting.popleft()
                    reading.append((task, reader.submit(self._read, task)))
                task, read = reading.popleft()
                try:
                    made = self._make(read.result())
                except SteadyStyleError as error:
                    yield from _finished(writing)
                    yield Failure(task.source, error)
                    continue
                writing.append((task, writer.submit(self._write, task, made)))
                if len(writing) >= AHEAD:
                    yield _end(*writing.popleft())
            for _, unread in reading:
                unread.cancel()
            yield from _finished(writing)


def _finished(writing: deque[tuple[Task, Future[None]]]) -> Iterator[Task | Failure]:
    while writing:
        yield _end(*writing.popleft())


def _end(task: Task, written: Future[None]) -> Task | Failure:
    try:
        written.result()
    except SteadyStyleError as error:
        return Failure(task.source, error)
    return task
