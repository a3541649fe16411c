"""The loop: measure, judge, propose. One screen long; everything that can vary is handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from steadystyle.core.contracts import Optimizer
from steadystyle.core.flow import Measurement, Proposal, Verdict
from steadystyle.core.injection import inject
from steadystyle.core.outcome import Outcome
from steadystyle.guard.judge import Guard

PATIENCE, LEAST_GAIN = 15, 2e-3
"""Converged: the loss fell by less than this share in so many evaluations."""

OnStep = Callable[[Measurement, float, bool], None]
BeforeStep = Callable[[Proposal, Sequence[float]], None]


class Ending(NamedTuple):
    """How the loop ended, with the optimizer's state for the next scale."""

    outcome: Outcome
    state: Any


def run(
    measure: Callable[[tf.Tensor], Measurement],
    optimizer: Optimizer,
    guard: Guard,
    proposal: Proposal,
    *,
    learning_rates: Iterable[float],
    on_step: OnStep,
    interrupted: Callable[[], Outcome | None],
    first_step: int = 0,
    losses: Sequence[float] = (),
    before_step: BeforeStep = lambda proposal, losses: None,
) -> Ending:
    """Take one step for each learning rate from a proposal; the best picture is then `guard.best`.

    Args:
        measure: loss and gradient at a picture.
        learning_rates: each is asked for when its step is due, so that it may follow what was measured before.
        on_step: told of each measurement, the learning rate, and whether the guard accepted it.
        interrupted: asked before each step; an outcome ends the loop.
        first_step: how many steps the run took before, at other sizes or in an earlier sitting.
        losses: accepted in an earlier sitting, as `before_step` was told then.
        before_step: told of what the step begins with: all that the loop itself remembers.
    """
    losses = list(losses)
    for step, learning_rate in enumerate(learning_rates, first_step):
        before_step(proposal, losses)
        outcome = interrupted()
        if outcome is not None:
            return Ending(outcome, proposal.state)
        rate = inject("learning rate", step, learning_rate)
        used = guard.sound_rate(rate) * guard.rate_factor
        measurement, verdict = _look(measure, guard, proposal.image, step, used, on_step)
        if verdict.accepted:
            loss = float(measurement.loss)
            # Handed over, and no longer known here: what is old of a large picture makes room for what is new.
            measured, state = [measurement], [inject("optimizer state", step, proposal.state)]
            del proposal, measurement
            proposal = guard.advance(measured.pop(), state.pop(), rate)
            losses.append(loss)
            if _has_converged(losses):
                return Ending(Outcome.CONVERGED, proposal.state)
        else:
            retry = guard.repair(verdict, measurement, proposal, rate)
            if retry is None:
                return Ending(Outcome.GAVE_UP, proposal.state)
            proposal = retry
            losses.clear()  # what did not fall before a repair may fall after it
            del measurement
    return Ending(Outcome.FINISHED, proposal.state)


def _has_converged(losses: list[float]) -> bool:
    """Whether neither the best loss fell, nor what came since: a run may have to climb before it finds a way down."""
    if len(losses) <= PATIENCE:
        return False
    recent = losses[-PATIENCE:]
    earlier, later = recent[: PATIENCE // 2], recent[PATIENCE // 2 :]
    least = 1 - LEAST_GAIN
    return min(recent) >= least * min(losses[:-PATIENCE]) and min(later) >= least * min(earlier)


def _look(
    measure: Callable[[tf.Tensor], Measurement],
    guard: Guard,
    image: tf.Tensor,
    step: int,
    learning_rate: float,
    on_step: OnStep,
) -> tuple[Measurement, Verdict]:
    """Measure and judge; what the guard objects to though it is finite is measured twice, and believed if it repeats.

    Args:
        step: of the run.
        learning_rate: in use, for `on_step`.
    """
    measurement = measure(inject("picture", step, image))
    verdict = guard.judge(measurement)
    if not verdict.accepted and measurement.is_finite:
        first = measurement._replace(gradient=None)  # of a large picture, two are too many
        del measurement
        measurement = measure(inject("picture", step, image))
        if not guard.confirms(first, measurement):
            on_step(first, learning_rate, False)
            guard.tell_apart(first, measurement)
            verdict = guard.judge(measurement)
        if verdict.doubt:
            verdict = Verdict(True)
    on_step(measurement, learning_rate, verdict.accepted)
    return measurement, verdict
