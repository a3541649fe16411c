from __future__ import annotations

import numpy as np
import pytest

from benchmarks.guarded_steps import Race, Round
from benchmarks.overhead import PARTS


def test_both_steps_go_the_same_way() -> None:
    """Watched or not, the picture after a few steps is the same: only the guard's work differs."""
    content, style = np.random.default_rng(0).random((2, 32, 48, 3), np.float32)
    race = Race(content, style, 48, "float32", None)
    rounds = race.run(3, warm_up=1)
    assert len(rounds) == 3
    np.testing.assert_allclose(race._guarded.image, race._plain.image, atol=1e-5)
    assert race._measure(race._guarded.image).health
    assert not race._plain_measure(race._plain.image).health


def test_the_parts_of_the_guard_add_up() -> None:
    """Each part is a share of the step without the guard, and they sum to what the whole step takes more."""
    one = Round(measured=1.1, judged=0.02, advanced=0.25, plainly_measured=0.8, proposed=0.2)
    shares = one.shares()
    assert set(shares) == set(PARTS)
    assert shares == pytest.approx({"health": 0.3, "checks": 0.02, "bookkeeping": 0.05, "whole step": 0.37})
