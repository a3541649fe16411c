"""`exp-without-ceiling`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule
from steadystyle.doctor.lint.domains import LARGEST_EXPONENT, LARGEST_EXPONENT_IN_HALF
from steadystyle.doctor.lint.rules._floors import shortened


class ExpWithoutCeiling(Rule):
    """The exponential of what is known to be large."""

    cause = "exp-overflow"
    title = "Exponential of a large number"
    why = "exp(x) is infinite above 88.7 in float32, and above 11.09 in float16."
    bad = """\
import tensorflow as tf

rate = tf.Variable([1.0, 95.0])
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(tf.exp(rate))  # <- here
"""
    good = """\
import tensorflow as tf

rate = tf.Variable([1.0, 95.0])
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(tf.exp(tf.minimum(rate, 80.0)))
"""
    operations = frozenset({"exp"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        x = operation.fact(0, "x")
        limit = LARGEST_EXPONENT_IN_HALF if x.half else LARGEST_EXPONENT
        if x.numeric and limit < x.high < float("inf"):
            what = shortened(operation.source(operation.operand(0, "x")))
            yield Fault(f"{what} reaches {x.high:g}, and exp overflows above {limit:g}", fix=Fix("tf.minimum(x, 80.0)"))
