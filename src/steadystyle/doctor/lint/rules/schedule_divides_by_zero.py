"""`schedule-divides-by-zero`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule
from steadystyle.doctor.lint.rules._floors import shortened


class ScheduleDividesByZero(Rule):
    """A learning-rate schedule that divides by 0, or by a step that begins at 0."""

    cause = "nonfinite-learning-rate"
    also = ("zero-division",)
    title = "Schedule that divides by 0"
    why = "The first step is step 0. A rate of NaN or infinity spoils every weight at once, with finite gradients."
    bad = """\
import tensorflow as tf


class Decay(tf.keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.1 / tf.cast(step, tf.float32)  # <- here
"""
    good = """\
import tensorflow as tf


class Decay(tf.keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.1 / (tf.cast(step, tf.float32) + 1.0)
"""
    operations = frozenset({"divide"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        if operation.context.purpose != "schedule":
            return
        below, node = operation.fact(1), operation.operands[1]
        begins = below.has("step") and below.low == 0 and "minimum" not in operation.words
        if below.constant == 0 or begins:
            message = f"{shortened(operation.source(node))} is 0 at the first step: the rate is infinite or NaN"
            yield Fault(message, fix=Fix("keep it at 1 or more: tf.maximum(..., 1.0)"))
