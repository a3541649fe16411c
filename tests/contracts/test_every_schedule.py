"""What holds for each learning-rate schedule that `discover` finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadystyle.core import discover
from steadystyle.core.contracts import Schedule

NAMES = discover.names("steadystyle.optimizers.schedules")


@pytest.mark.parametrize("name", NAMES)
@given(st.data())
def test_factor_is_positive_and_at_most_one(name: str, data: st.DataObject) -> None:
    """The factor is in (0, 1] at every step of every run, one step long ones included."""
    schedule = discover.feature("steadystyle.optimizers.schedules", name, Schedule)()  # type: ignore[type-abstract]
    steps = data.draw(st.integers(1, 10_000))
    step = data.draw(st.integers(0, steps))
    assert 0 < schedule.factor(step, steps) <= 1


@pytest.mark.parametrize("name", NAMES)
def test_the_full_rate_is_reached(name: str) -> None:
    """Somewhere in a run the factor is 1: the learning rate means what it says."""
    schedule = discover.feature("steadystyle.optimizers.schedules", name, Schedule)()  # type: ignore[type-abstract]
    assert max(schedule.factor(step, 100) for step in range(100)) == 1
