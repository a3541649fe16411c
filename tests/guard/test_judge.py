"""The guard: what it does with good and bad measurements, step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.core import discover, safe_math, strips
from steadystyle.core.contracts import Optimizer
from steadystyle.core.flow import Measurement, Proposal, Verdict
from steadystyle.guard.judge import Guard
from steadystyle.guard.remedies.smaller_step import SMALLER
from tests.guard.tries import AGAIN, TRIES

OPTIMIZERS = discover.names("steadystyle.optimizers")
SHAPE = (1, 4, 5, 3)
START = tf.fill(SHAPE, 1e-3)
"""Dark, where float32 is fine enough for the smallest of steps to show."""
TARGET = 0.6
STEEPNESS = np.geomspace(1, 100, 60).astype(np.float32).reshape(SHAPE)


def bowl(image: tf.Tensor) -> Measurement:
    """Weighted square distance from a grey: a fake of the engine's measure, cheap and with a known minimum."""
    difference = image - TARGET
    gradient = 2 * STEEPNESS * difference / tf.size(image, tf.float32)
    return Measurement(image, tf.reduce_mean(STEEPNESS * difference**2), {}, gradient, safe_math.norm(gradient))


def broken(image: tf.Tensor) -> Measurement:
    """The same with a loss and a gradient that are NaN."""
    good, nan = bowl(image), float("nan")
    return good._replace(loss=tf.constant(nan), gradient=good.gradient * nan, gradient_norm=tf.constant(nan))


class Watched:
    """A guard with its optimizer, and the events that it told."""

    def __init__(self, name: str) -> None:
        optimizer = discover.feature("steadystyle.optimizers", name, Optimizer)()  # type: ignore[type-abstract]
        self.guard, self.rate = Guard(optimizer), optimizer.default_learning_rate
        self.events: list[tuple[str, ...]] = []
        self.guard.on_event = lambda *event: self.events.append(event)
        self.state: Any = optimizer.start(START)

    def take(self, measurement: Measurement) -> Proposal | None:
        """What the guard wants measured next, after this."""
        verdict = self.guard.judge(measurement)
        if verdict.accepted or verdict.doubt:
            proposal: Proposal | None = self.guard.advance(measurement, self.state, self.rate)
        else:
            proposal = self.guard.repair(verdict, measurement, Proposal(measurement.image, self.state), self.rate)
        if proposal is not None:
            self.state = proposal.state
        return proposal


@pytest.fixture(params=OPTIMIZERS)
def watched(request: pytest.FixtureRequest) -> Watched:
    """A guard before its first step, one for each optimizer."""
    return Watched(request.param)


def distance(proposal: Proposal | None, image: tf.Tensor) -> float:
    """How far a proposal is from `image`."""
    assert proposal is not None
    return float(tf.norm(proposal.image - image))


def test_each_rejection_is_an_event_and_a_smaller_step(watched: Watched) -> None:
    """Bad after bad: the same picture once more, then ever nearer to the last good one; nothing is mended silently."""
    watched.take(bowl(START))
    bad = START + 0.1
    again = watched.take(broken(bad))
    assert again is not None
    np.testing.assert_array_equal(again.image, bad)
    far = np.inf
    for number in range(1, 6):
        near = distance(watched.take(broken(bad)), START)
        assert 0 < near < far
        assert len(watched.events) == number + AGAIN
        assert watched.guard.rate_factor == SMALLER**number
        far = near
    where, cause, evidence, remedy, effect = watched.events[-1]
    assert where == "loss"
    assert evidence.startswith("it is nan; last good: loss ")
    assert cause
    assert "rolled back" in remedy
    assert f"{SMALLER**5:.3g}" in effect


def test_after_a_rejection_the_same_step_is_retried_not_the_next(watched: Watched) -> None:
    """The first retry is what the optimizer proposes from the old measurement and state at a quarter of the rate."""
    old_state = watched.state
    watched.take(bowl(START))
    watched.take(broken(START + 0.1))
    retry = watched.take(broken(START + 0.1))
    optimizer = watched.guard._optimizer
    expected = optimizer.propose(bowl(START), old_state, SMALLER * watched.rate)
    assert retry is not None
    np.testing.assert_array_equal(retry.image, expected.image)


def test_a_bad_start_ends_the_run(watched: Watched) -> None:
    """With no good picture to go back to there is nothing to try, and the event says so."""
    watched.take(broken(START))
    assert watched.take(broken(START)) is None
    assert "no good picture" in watched.events[AGAIN][3]
    assert watched.guard.best.measurement is None


def test_the_guard_gives_up_after_its_tries(watched: Watched) -> None:
    """So many retries from one picture and no more; the best is the last good picture with its own loss."""
    watched.take(bowl(START))
    proposals = [watched.take(broken(START + 0.1)) for _ in range(TRIES + 1)]
    assert all(proposal is not None for proposal in proposals[:TRIES])
    assert proposals[TRIES] is None
    assert len(watched.events) == TRIES + 1
    assert "has had its tries" in watched.events[-1][3]
    assert watched.guard.best.loss == float(bowl(START).loss)
    np.testing.assert_array_equal(watched.guard.best.picture(otherwise=np.zeros(())), START[0])


def test_a_good_measurement_gives_the_tries_back(watched: Watched) -> None:
    """Tries are counted from one picture: a run may be repaired any number of times."""
    image: tf.Tensor = START
    for _ in range(3):
        proposal = watched.take(bowl(image))
        for _ in range(3 + AGAIN):
            assert proposal is not None
            proposal = watched.take(broken(proposal.image))
        assert proposal is not None
        image = proposal.image
    assert len(watched.events) == 9 + 3 * AGAIN
    assert watched.guard.best.loss < float(bowl(START).loss)


def test_the_learning_rate_recovers(watched: Watched) -> None:
    """Eight good measurements after a repair the rate is whole again, and it never exceeds that."""
    watched.take(bowl(START))
    for _ in range(1 + AGAIN):
        proposal = watched.take(broken(START + 0.1))
    factors = []
    for _ in range(9):
        assert proposal is not None
        proposal = watched.take(bowl(proposal.image))
        factors.append(watched.guard.rate_factor)
    assert factors == sorted(factors)
    assert SMALLER < factors[0] < 1
    assert factors[7] == pytest.approx(1)
    assert factors[8] == 1


def test_a_step_too_small_to_show_is_no_repair(watched: Watched) -> None:
    """When a retry would be the very picture it starts from, the guard gives up instead of calling it good."""
    ones = tf.ones(SHAPE)
    watched.take(bowl(ones))
    proposals = [watched.take(broken(ones)) for _ in range(TRIES)]
    last = next(number for number, proposal in enumerate(proposals) if proposal is None)
    assert all(distance(proposal, ones) > 0 for proposal in proposals[AGAIN:last])
    assert last < TRIES - 1


def test_losses_of_another_scale_are_forgotten_but_not_the_rate(watched: Watched) -> None:
    """A new scale starts with no best picture and no way back, and with the rate that repairs have left."""
    watched.take(bowl(START))
    for _ in range(1 + AGAIN):
        watched.take(broken(START))
    watched.guard.new_scale()
    assert watched.guard.best.measurement is None
    assert watched.guard.rate_factor == SMALLER
    watched.take(broken(START))
    assert watched.take(broken(START)) is None
    explosion = bowl(START)._replace(loss=tf.constant(1e9))
    assert watched.guard.judge(explosion).doubt  # there is nothing yet that it could be a thousand times of


def test_an_explosion_is_rolled_back(watched: Watched) -> None:
    """A loss a thousand times the last is finite, and rejected all the same; the best picture stays."""
    watched.take(bowl(START))
    assert watched.take(bowl(START)._replace(loss=tf.constant(1e9))) is not None
    assert watched.events[0][:2] == ("loss", "high-learning-rate")
    assert watched.guard.best.loss == float(bowl(START).loss)


def test_a_run_with_a_nan_now_and_then_still_descends(watched: Watched) -> None:
    """One bad measurement in eight: the loss falls all the same, and each of them is told of."""
    image: tf.Tensor = START
    for step in range(1, 41):
        proposal = watched.take(broken(image) if step % 8 == 0 else bowl(image))
        assert proposal is not None
        image = proposal.image
        assert np.isfinite(image.numpy()).all()
    assert len(watched.events) == 5
    assert watched.guard.best.loss < 0.5 * float(bowl(START).loss)


def test_whatever_is_measured_the_proposal_is_a_finite_picture(watched: Watched) -> None:
    """A fake that draws losses and gradients from everything float32 can hold never leads out of [0, 1]."""
    generator = np.random.default_rng(7)
    picks: list[Callable[[], float]] = [
        lambda: generator.normal(), lambda: generator.normal() * 1e30, lambda: generator.normal() * 1e-38,
        lambda: 0.0, lambda: float("nan"), lambda: float("inf"), lambda: -float("inf"),
    ]  # fmt: skip
    image: tf.Tensor = START
    for _ in range(150):
        scale, loss = (picks[generator.integers(len(picks))]() for _ in range(2))
        gradient = tf.constant(generator.normal(size=SHAPE), tf.float32) * scale
        proposal = watched.take(Measurement(image, tf.constant(loss), {}, gradient, safe_math.norm(gradient)))
        image = START if proposal is None else proposal.image
        if proposal is None:
            watched.guard.new_scale()
            watched.state = watched.guard._optimizer.start(START)
        assert np.isfinite(image.numpy()).all()
        assert image.numpy().min() >= 0
        assert image.numpy().max() <= 1


def test_of_a_large_picture_that_was_best_only_the_picture_is_kept(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gone back to, it is measured again; the run goes on from there with a smaller step."""
    monkeypatch.setattr(strips, "PIXELS", 1)
    engine = mock.Mock(side_effect=bowl, **{"reload_weights.return_value": False})  # a fake that measures
    watched.guard.new_scale(engine)
    best = bowl(START + 0.2)
    watched.take(best)
    for step in range(2):
        watched.take(bowl(START + 0.1 * step))
    assert watched.guard.best.measurement is not None
    assert watched.guard.best.measurement.gradient is None
    assert watched.guard.best.measurement.image is best.image
    far = bowl(tf.ones(SHAPE))
    verdict = Verdict(False, "high-learning-rate", "loss", "far")
    back = watched.guard.repair(verdict, far, Proposal(far.image, watched.state), watched.rate)
    assert 0 < distance(back, best.image) < 0.5 * distance(back, far.image)
    assert watched.guard.best.loss == float(best.loss)
