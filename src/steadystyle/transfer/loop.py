"""The loop: measure, judge, propose. One screen long; everything that can vary is handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import tensorflow as tf

from steadystyle.core.contracts import Optimizer
from steadystyle.core.flow import Measurement
from steadystyle.core.outcome import Outcome
from steadystyle.guard.judge import Guard

PATIENCE, LEAST_GAIN = 15, 2e-3
"""Converged: the best loss fell by less than this share in so many evaluations."""


class Ending(NamedTuple):
    """How the loop ended, with the optimizer's state for the next scale."""

    outcome: Outcome
    state: Any


def run(
    measure: Callable[[tf.Tensor], Measurement],
    optimizer: Optimizer,
    guard: Guard,
    image: tf.Tensor,
    state: Any,
    *,
    learning_rates: Iterable[float],
    on_step: Callable[[Measurement, float, bool], None],
    interrupted: Callable[[], Outcome | None],
) -> Ending:
    """Take one step for each learning rate from `image` (1, H, W, 3); the best picture is then `guard.best`.

    Args:
        measure: loss and gradient at a picture.
        learning_rates: each is asked for when its step is due, so that it may follow what was measured before.
        on_step: told of each measurement, the learning rate, and whether the guard accepted it.
        interrupted: asked before each step; an outcome ends the loop.
    """
    bests: list[float] = []
    for learning_rate in learning_rates:
        outcome = interrupted()
        if outcome is not None:
            return Ending(outcome, state)
        measurement = measure(image)
        verdict = guard.judge(measurement)
        on_step(measurement, learning_rate * guard.rate_factor, verdict.accepted)
        if verdict.accepted:
            proposal = guard.advance(measurement, state, learning_rate)
            bests.append(guard.best.loss)
            if len(bests) > PATIENCE and bests[-1] >= (1 - LEAST_GAIN) * bests[-1 - PATIENCE]:
                return Ending(Outcome.CONVERGED, proposal.state)
        else:
            retry = guard.repair(verdict, measurement, state, learning_rate)
            if retry is None:
                return Ending(Outcome.GAVE_UP, state)
            proposal = retry
            bests.clear()  # what did not fall before a repair may fall after it
        image, state = proposal.image, proposal.state
    return Ending(Outcome.FINISHED, state)
