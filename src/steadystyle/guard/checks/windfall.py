"""The loss has not fallen by more than the gradient can explain."""

from __future__ import annotations

import tensorflow as tf

from steadystyle.core import strips
from steadystyle.core.contracts import Check
from steadystyle.core.flow import Measurement, Past, Verdict

WORTH_A_LOOK = 0.05
FACTOR = 1.5
"""Times the fall that the slope promises. Losses curve upwards: over many runs none fell by more than 0.9 times it."""


class Windfall(Check):
    """Doubts a loss that fell by more than its slope at the last picture promises for the way from there: a number that
    is too good by mistake would never be beaten, and be what the run returns.

    After a step that led nowhere a large picture's slope is not kept, and nothing is doubted: a best picture that is
    not beaten is measured again anyway.
    """

    def verdict(self, measurement: Measurement, past: Past) -> Verdict:
        if past.last is None or past.last.gradient is None:
            return Verdict(True)
        before, loss = float(past.last.loss), float(measurement.loss)
        if not loss < (1 - WORTH_A_LOOK) * before:
            return Verdict(True)
        slope = strips.total(
            lambda gradient, image, before: tf.reduce_sum(gradient * (image - before)),
            past.last.gradient, measurement.image, past.last.image,
        )  # fmt: skip
        if before - loss <= -FACTOR * slope:
            return Verdict(True)
        evidence = f"{loss:.3g} after {before:.3g}, a fall of {before - loss:.3g} where the slope promises {-slope:.3g}"
        return Verdict(False, "backend-bug", "loss", evidence, doubt=True)
