"""The loop: measure, judge, propose; every way out of it."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.core import safe_math
from steadystyle.core.flow import Measurement, Proposal
from steadystyle.core.outcome import Outcome
from steadystyle.guard.judge import RECOVERY, Guard
from steadystyle.guard.remedies.smaller_step import SMALLER
from steadystyle.optimizers.adam import Adam
from steadystyle.transfer.loop import PATIENCE, Ending, run
from tests.guard.tries import AGAIN, TRIES

START = tf.fill((1, 2, 3, 3), 1e-3)
FakeMeasure = Callable[[tf.Tensor], Measurement]


def bowl(image: tf.Tensor) -> Measurement:
    """A fake of the engine's measure: mean square distance from white, which is far enough to take a while."""
    gradient = 2 * (image - 1.0) / tf.size(image, tf.float32)
    return Measurement(image, tf.reduce_mean((image - 1.0) ** 2), {}, gradient, safe_math.norm(gradient))


def broken_at(*bad: int, measure: FakeMeasure = bowl) -> FakeMeasure:
    """The same fake with a NaN in these of its measurements, counted from 0; a second look at what was good counts as
    the first.
    """
    count, good = -1, None

    def broken(image: tf.Tensor) -> Measurement:
        nonlocal count, good
        count += image is not good
        good = None if count in bad else image
        found = measure(image)
        return found._replace(loss=tf.constant(float("nan"))) if count in bad else found

    return broken


class Run:
    """One run of the loop with Adam, and what it told."""

    def __init__(self, measure: FakeMeasure, steps: int = 12, **options: Any) -> None:
        self.guard = Guard(Adam())
        self.events: list[tuple[str, ...]] = []
        self.guard.on_event = lambda *event: self.events.append(event)
        self.steps: list[tuple[Measurement, float, bool]] = []
        settings: dict[str, Any] = {"learning_rates": [0.03] * steps, "interrupted": lambda: None} | options
        self.ending: Ending = run(
            measure, Adam(), self.guard, Proposal(START, Adam().start(START)),
            on_step=lambda *step: self.steps.append(step), **settings,
        )  # fmt: skip

    @property
    def losses(self) -> list[float]:
        """As measured, in order."""
        return [float(measurement.loss) for measurement, _, _ in self.steps]


def test_a_good_run_takes_all_its_steps() -> None:
    """One measurement for each learning rate; the best is the last, the state goes on to the next scale."""
    found = Run(bowl)
    assert found.ending.outcome is Outcome.FINISHED
    assert found.ending.state.gradients == 12
    assert found.losses == sorted(found.losses, reverse=True)
    assert found.guard.best.loss == found.losses[-1]
    assert found.events == []
    assert [(rate, accepted) for _, rate, accepted in found.steps] == [(0.03, True)] * 12


def test_of_what_is_measured_twice_one_gradient_is_in_memory() -> None:
    """The first picture of a run is looked at twice; of a large one there is no room for the first gradient then."""
    seen, held = list[Any](), list[bool]()

    def measure(image: tf.Tensor) -> Measurement:
        held.append(any(picture is image and gradient() is not None for picture, gradient in seen))
        found = bowl(image)
        seen.append((image, weakref.ref(found.gradient)))
        return found

    Run(measure, steps=3)
    assert sum(picture is seen[0][0] for picture, _ in seen) == 2
    assert not any(held)


@pytest.mark.parametrize("bad", [0, 1, 5, 11])
def test_a_nan_that_passes_costs_one_step(bad: int) -> None:
    """It is told of once, the same picture is measured again, and the run is otherwise that without a fault."""
    found, clean = Run(broken_at(bad), steps=12), Run(bowl, steps=11)
    assert found.ending.outcome is Outcome.FINISHED
    assert [accepted for _, _, accepted in found.steps] == [step != bad for step in range(12)]
    assert [rate for _, rate, _ in found.steps] == [0.03] * 12
    assert len(found.events) == 1
    assert [loss for loss in found.losses if np.isfinite(loss)] == clean.losses


@pytest.mark.parametrize("bad", [1, 5, 10])
def test_a_nan_that_stays_makes_the_step_smaller(bad: int) -> None:
    """When the second look is no better, the next steps are smaller and grow again, and the loss goes on falling."""
    found = Run(broken_at(bad, bad + 1), steps=24)
    recovering = [0.03 * min(1, SMALLER * RECOVERY**good) for good in range(22 - bad)]
    assert [rate for _, rate, _ in found.steps] == pytest.approx([0.03] * (bad + 2) + recovering)
    assert len(found.events) == 2
    assert found.guard.best.loss == min(loss for loss in found.losses if np.isfinite(loss))
    assert found.losses[-1] < found.losses[bad - 1]


def test_a_bad_picture_is_never_built_upon() -> None:
    """What is measured after a NaN that stays starts from the picture before it, not from the one that was bad."""
    found = Run(broken_at(4, 5))
    before, bad, after = (found.steps[step][0].image for step in (3, 4, 6))
    assert 0 < np.linalg.norm(after - before) < np.linalg.norm(bad - before)


def test_nan_from_the_first_measurement_on_gives_up_at_once() -> None:
    """There is nothing to go back to after a second look: no picture is best, and nothing is raised."""
    found = Run(broken_at(*range(100)))
    assert found.ending.outcome is Outcome.GAVE_UP
    assert len(found.steps) == 1 + AGAIN
    assert found.guard.best.measurement is None


def test_nan_without_end_gives_up_with_the_last_good_picture() -> None:
    """After the last try the run ends; the best picture is finite and has the loss that was measured at it."""
    found = Run(broken_at(*range(3, 100)), steps=100)
    assert found.ending.outcome is Outcome.GAVE_UP
    assert 3 < len(found.steps) <= 3 + TRIES + 1
    assert found.guard.best.measurement is not None
    image = found.guard.best.measurement.image
    assert np.isfinite(image.numpy()).all()
    assert found.guard.best.loss == float(bowl(image).loss) == found.losses[2]


def test_nan_everywhere_but_at_the_start_gives_up() -> None:
    """A landscape with one good picture is no run that was repaired."""

    def cliff(image: tf.Tensor) -> Measurement:
        found = bowl(image)
        return found if np.array_equal(image, START) else found._replace(loss=tf.constant(float("nan")))

    found = Run(cliff, steps=100)
    assert found.ending.outcome is Outcome.GAVE_UP
    np.testing.assert_array_equal(found.guard.best.picture(otherwise=np.zeros(())), START[0])


@pytest.mark.parametrize("share", [0.0, 1e-5])
def test_a_loss_that_stops_falling_has_converged(share: float) -> None:
    """When the best loss has fallen by next to nothing for a while, the run ends early and says so."""
    count = iter(range(10**9))

    def flat(image: tf.Tensor) -> Measurement:
        return bowl(image)._replace(loss=tf.constant(1.0 - share * next(count)))

    found = Run(flat, steps=100)
    assert found.ending.outcome is Outcome.CONVERGED
    assert len(found.steps) == PATIENCE + 1


def test_a_loss_of_zero_has_converged() -> None:
    """Nothing is left to gain where the loss is 0."""
    found = Run(lambda image: bowl(image)._replace(loss=tf.constant(0.0)), steps=100)
    assert found.ending.outcome is Outcome.CONVERGED


@pytest.mark.parametrize("outcome", [Outcome.STOPPED, Outcome.OUT_OF_TIME])
@pytest.mark.parametrize("after", [0, 1, 7])
def test_an_interruption_ends_the_run_before_the_next_step(outcome: Outcome, after: int) -> None:
    """Asked before each step, it says how the run ends."""
    asked = iter([None] * after + [outcome])
    found = Run(bowl, interrupted=lambda: next(asked))
    assert found.ending.outcome is outcome
    assert len(found.steps) == after


def test_each_step_has_its_own_learning_rate() -> None:
    """The schedule's rates are used in order."""
    rates = [0.03, 0.02, 0.01]
    assert [rate for _, rate, _ in Run(bowl, learning_rates=rates).steps] == rates
