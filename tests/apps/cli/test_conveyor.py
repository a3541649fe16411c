"""Pictures one after the other, at three stations at once."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from steadystyle.apps.cli.conveyor import AHEAD, Conveyor
from steadystyle.apps.cli.sources import Failure, Task
from steadystyle.core.errors import OutputError, PictureError

TASKS = [Task(Path(f"{number}.jpg"), Path(f"{number}.png")) for number in range(7)]


def read(task: Task) -> np.ndarray:
    """Its number."""
    return np.array(float(task.source.stem))


def make(picture: np.ndarray) -> np.ndarray:
    """Something else."""
    return picture + 100


def test_all_pass_in_order_and_each_gets_its_own() -> None:
    """What is written under a name was made of what was read for it."""
    written: dict[str, float] = {}
    conveyor = Conveyor(read, make, lambda task, made: written.update({task.target.stem: float(made)}))
    assert list(conveyor.run(TASKS)) == TASKS
    assert written == {str(number): number + 100.0 for number in range(7)}


@pytest.mark.parametrize("station", ["read", "make", "write"])
def test_a_failure_stops_nobody_else(station: str) -> None:
    """At whichever station; the order stays."""

    def failing(name: str, number: float) -> None:
        if name == station and number % 100 in (0, 3, 6):
            raise (OutputError if name == "write" else PictureError)("no")

    def read_some(task: Task) -> np.ndarray:
        failing("read", float(task.source.stem))
        return read(task)

    def make_some(picture: np.ndarray) -> np.ndarray:
        failing("make", float(picture))
        return make(picture)

    ended = list(Conveyor(read_some, make_some, lambda task, made: failing("write", float(made))).run(TASKS))
    assert [isinstance(one, Failure) for one in ended] == [number in (0, 3, 6) for number in range(7)]
    assert [one.source for one in ended] == [task.source for task in TASKS]


def test_the_next_is_read_while_one_is_made() -> None:
    """The first cannot be finished before the second was read: it is."""
    second_was_read = threading.Event()

    def read_and_tell(task: Task) -> np.ndarray:
        if task is TASKS[1]:
            second_was_read.set()
        return read(task)

    def make_late(picture: np.ndarray) -> np.ndarray:
        assert second_was_read.wait(10)
        return make(picture)

    assert list(Conveyor(read_and_tell, make_late, lambda task, made: None).run(TASKS)) == TASKS


def test_few_are_in_memory() -> None:
    """However many come, and however slow the last station is."""
    counts, lock, most = {"read": 0, "written": 0}, threading.Lock(), [0]

    def count(what: str) -> None:
        with lock:
            counts[what] += 1
            most[0] = max(most[0], counts["read"] - counts["written"])

    def read_and_count(task: Task) -> np.ndarray:
        count("read")
        return read(task)

    list(Conveyor(read_and_count, make, lambda task, made: count("written")).run(TASKS * 5))
    assert most[0] <= 2 * AHEAD + 1


def test_what_was_begun_is_finished_when_stopped() -> None:
    """No picture is left half done, and no new one begun."""
    written: list[Path] = []
    stop = [False]

    def make_and_stop(picture: np.ndarray) -> np.ndarray:
        stop[0] = float(picture) >= 2
        return make(picture)

    conveyor = Conveyor(read, make_and_stop, lambda task, made: written.append(task.target), lambda: stop[0])
    assert list(conveyor.run(TASKS)) == TASKS[:3]
    assert written == [task.target for task in TASKS[:3]]


def test_another_error_ends_the_run() -> None:
    """It is nobody's fault but ours."""

    def broken(picture: np.ndarray) -> np.ndarray:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(Conveyor(read, broken, lambda task, made: None).run(TASKS))
