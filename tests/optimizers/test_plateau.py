"""Reduce on plateau: when it halves, and when it does not."""

from __future__ import annotations

import pytest

from steadystyle.optimizers.schedules.plateau import LAST, LEAST_GAIN, PATIENCE, Plateau


def factor(losses: list[float]) -> float:
    """After these losses; the step and its count do not matter."""
    return Plateau().factor(len(losses), 1000, losses)


def test_a_falling_loss_keeps_the_rate() -> None:
    """As long as each few losses gain a little more than the least gain, nothing changes."""
    assert factor([(1 - 2 * LEAST_GAIN) ** (step // (PATIENCE - 1)) for step in range(200)]) == 1


@pytest.mark.parametrize("plateaus", [0, 1, 2, 3])
def test_each_plateau_halves(plateaus: int) -> None:
    """One more half for each run of losses without a gain, not one step before its end."""
    flat = [1.0] + [1.0] * PATIENCE * plateaus
    assert factor(flat) == 0.5**plateaus
    assert factor([*flat, *[1.0] * (PATIENCE - 1)]) == 0.5**plateaus
    assert factor([*flat, *[1.0] * PATIENCE]) == 0.5 ** (plateaus + 1)


def test_a_gain_starts_the_count_again_and_gives_nothing_back() -> None:
    """The rate stays reduced when the loss falls again."""
    assert factor([1.0] * (1 + PATIENCE) + [0.5] + [0.5] * (PATIENCE - 1)) == 0.5


def test_losses_that_rise_are_a_plateau() -> None:
    """What is above the best is no gain, however it moves."""
    assert factor([1.0] + [2.0, 1.5] * PATIENCE) == 0.25


def test_the_rate_never_falls_below_the_last() -> None:
    """A thousand plateaus are like six."""
    assert factor([1.0] * 1000 * PATIENCE) == LAST


def test_zero_is_a_plateau() -> None:
    """A loss of 0 cannot fall, and divides nothing."""
    assert factor([0.0] * (1 + PATIENCE)) == 0.5
