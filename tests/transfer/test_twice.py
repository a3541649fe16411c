"""What every later step depends on is made twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from steadystyle.transfer import twice
from steadystyle.transfer.twice import made_twice

NAN = float("nan")


def makes(*made: np.ndarray) -> Callable[[], np.ndarray]:
    """One after the other."""
    left: Iterator[np.ndarray] = iter(made)
    return lambda: next(left)


@pytest.mark.parametrize("most_kept", [0, 10**9])
@pytest.mark.parametrize("value", [0.25, NAN])
@pytest.mark.parametrize("bad", [0, 1])
def test_of_two_that_differ_a_third_decides(
    monkeypatch: pytest.MonkeyPatch, most_kept: int, value: float, bad: int
) -> None:
    """Whether the first is kept, as a small array is, or a digest of it: one wrong number is found, and told."""
    monkeypatch.setattr(twice, "MOST_KEPT", most_kept)
    monkeypatch.setattr(twice, "PIECE", 7)
    sound = np.linspace(0, 1, 60, dtype=np.float32).reshape(1, 5, 4, 3)
    wrong = sound.copy()
    wrong[0, 3, 1, 2] = value
    two, told = [sound, sound], list[str]()
    two[bad] = wrong
    third = sound.copy()
    found = made_twice(makes(*two, third), "start", lambda where, cause, *_: told.append(cause))
    assert found is third
    assert told == ["nonfinite-input" if np.isnan(value) and bad == 1 else "backend-bug"]


@pytest.mark.parametrize("most_kept", [0, 10**9])
def test_of_two_that_agree_the_second_is_taken(monkeypatch: pytest.MonkeyPatch, most_kept: int) -> None:
    """And nothing is told."""
    monkeypatch.setattr(twice, "MOST_KEPT", most_kept)
    first, second = (np.linspace(0, 1, 60, dtype=np.float32) for _ in range(2))
    told = list[str]()
    assert made_twice(makes(first, second), "start", lambda where, *_: told.append(where)) is second
    assert not told
