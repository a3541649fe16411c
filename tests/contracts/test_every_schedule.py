"""What holds for each learning-rate schedule that `discover` finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadystyle.core import discover
from steadystyle.core.contracts import Schedule

NAMES = discover.names("steadystyle.optimizers.schedules")
LOSSES = st.lists(st.floats(0, 1e38), max_size=60)


def make(name: str) -> Schedule:
    """The schedule of that name."""
    return discover.feature("steadystyle.optimizers.schedules", name, Schedule)()  # type: ignore[type-abstract]


@pytest.mark.parametrize("name", NAMES)
@given(st.data())
def test_factor_is_positive_and_at_most_one(name: str, data: st.DataObject) -> None:
    """The factor is in (0, 1] at every step of every run, whatever was measured, one step long ones included."""
    steps = data.draw(st.integers(1, 10_000))
    step = data.draw(st.integers(0, steps))
    assert 0 < make(name).factor(step, steps, data.draw(LOSSES)) <= 1


@pytest.mark.parametrize("name", NAMES)
def test_the_full_rate_is_reached(name: str) -> None:
    """Somewhere in a run whose loss falls the factor is 1: the learning rate means what it says."""
    losses = [0.9**step for step in range(100)]
    assert max(make(name).factor(step, 100, losses[:step]) for step in range(100)) == 1


@pytest.mark.parametrize("name", NAMES)
@given(st.data())
def test_same_call_same_factor(name: str, data: st.DataObject) -> None:
    """A schedule is pure: what it was asked before makes no difference."""
    schedule, losses = make(name), data.draw(LOSSES)
    factors = [schedule.factor(step, len(losses), losses[:step]) for step in range(len(losses))]
    backwards = [make(name).factor(step, len(losses), losses[:step]) for step in reversed(range(len(losses)))]
    assert factors == backwards[::-1]
