"""A state that is kept: whatever the disk does, the newest that was written is there, or the one before it."""

from __future__ import annotations

import errno
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from steadystyle.checkpoint.kept import Kept
from steadystyle.core.errors import CheckpointError, OutputError
from steadystyle.core.outcome import Event
from steadystyle.images import leftovers
from tests.disk import FAULTS, Disk, failing

FILE = Path("kept/file")
WHO: dict[str, Any] = {"versions": {"numpy": "2"}, "settings": {"size": 1, "tile": 2}, "styles": ["ab"]}


def state(step: int) -> dict[str, Any]:
    """One to keep."""
    weights = [np.full((2, 3), step, np.float32), np.full((2, 2, 2, 2), step, np.float32)]
    return {"step": step, "weights": weights, "events": [Event(step, "loss", "unknown", "nan", "undone", "")]}


@pytest.fixture
def kept() -> Kept:
    """Nothing yet."""
    FILE.parent.mkdir()
    return Kept(FILE)


def step_of(kept: Kept) -> int:
    """What can be gone on from."""
    found = kept.read(WHO)
    assert found is not None
    for one, other in zip(found.state["weights"], state(found.state["step"])["weights"], strict=True):
        np.testing.assert_array_equal(one, other)
    step: int = found.state["step"]
    return step


def test_a_state_is_read_as_it_was_written(kept: Kept) -> None:
    """With the records in it; where there is no file, there is nothing."""
    assert kept.read(WHO) is None
    kept.write(WHO, state(1))
    kept.write(WHO, state(2))
    found = kept.read(WHO)
    assert found is not None
    assert found.state["events"] == state(2)["events"]
    assert (found.differences, found.damage) == ("", "")
    kept.remove()
    assert not kept.is_there


@pytest.mark.parametrize("damage", [lambda data: data[:-7], lambda data: data[:200] + b"!" + data[201:]])
def test_the_one_before_a_damaged_one_is_found(kept: Kept, damage: Any) -> None:
    """And it is said; if that is damaged too, nothing is guessed."""
    kept.write(WHO, state(1))
    kept.write(WHO, state(2))
    kept.path.write_bytes(damage(kept.path.read_bytes()))
    found = kept.read(WHO)
    assert found is not None
    assert found.state["step"] == 1
    assert found.damage.startswith("kept/file: it")
    kept.previous.write_bytes(damage(kept.previous.read_bytes()))
    with pytest.raises(CheckpointError, match="no good one is before it; remove it to start anew"):
        kept.read(WHO)


def test_anothers_state_is_refused_by_name(kept: Kept) -> None:
    """Each difference is told; of those that may be, the state is given with them."""
    kept.write(WHO, state(1))
    other = {"versions": {"numpy": "3"}, "settings": {"size": 4, "tile": 2}, "styles": ["cd"]}
    with pytest.raises(CheckpointError, match="numpy is 2 there and 3 here, size is 1 there and 4 here, styles differ"):
        kept.read(other)
    found = kept.read({**WHO, "settings": {"size": 1, "tile": 3}}, may_differ=["tile"])
    assert found is not None
    assert found.differences == "tile is 2 there and 3 here"


def test_one_at_a_time(kept: Kept) -> None:
    """Who comes second is told; afterwards it is free, and no lock is left."""
    kept.take()
    with pytest.raises(CheckpointError, match="in use by another process"):
        Kept(FILE).take()
    kept.close()
    other = Kept(FILE)
    other.take()
    other.close()
    assert list(FILE.parent.iterdir()) == []


@pytest.mark.parametrize(("error", "lasting"), FAULTS, ids=lambda value: errno.errorcode.get(value, str(value)))
def test_no_operation_that_fails_loses_it(
    error: int, lasting: bool, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever open, write, sync or rename it is: the write is refused in a line and the last state stays, or it is
    there; and the next write is as if nothing had been.
    """
    monkeypatch.setattr(leftovers, "YOUNG", 0.0)
    for number in itertools.count(1):
        kept.remove()
        kept.write(WHO, state(1))
        kept.write(WHO, state(2))
        with failing(Disk(Path.cwd(), number, error, lasting=lasting)) as disk:
            try:
                kept.take()
                kept.write(WHO, state(3))
                written = True
            except OutputError as refused:
                written = False
                assert len(str(refused).splitlines()) == 1
            finally:
                kept.close()
        assert step_of(kept) == (3 if written else 2)
        kept.write(WHO, state(4))
        assert step_of(kept) == 4
        leftovers.remove_leftovers(FILE.parent)
        assert {path.name for path in FILE.parent.iterdir()} <= {"file", "file.previous", "file.lock"}
        if disk.count < number:
            assert written
            break
    assert number > 8
