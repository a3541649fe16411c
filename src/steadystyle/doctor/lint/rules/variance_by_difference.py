"""`variance-by-difference`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule


class VarianceByDifference(Rule):
    """The root of a variance computed as the difference of two large numbers."""

    cause = "sqrt-of-negative"
    title = "Variance as a difference"
    why = (
        "mean(x²) - mean(x)² is the difference of two nearly equal numbers where x varies little: rounding makes it "
        "negative, and its root NaN."
    )
    bad = """\
import tensorflow as tf


def deviation(x):
    variance = tf.reduce_mean(x * x) - tf.reduce_mean(x) ** 2
    return tf.sqrt(variance)  # <- here
"""
    good = """\
import tensorflow as tf


def deviation(x):
    return tf.sqrt(tf.math.reduce_variance(x) + 1e-7)
"""
    operations = frozenset({"sqrt", "rsqrt", "pow"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        x = operation.fact(0, "x")
        fraction = operation.name != "pow" or operation.fact(1).constant not in (None, 1.0, 2.0)
        if x.has("variance-by-difference") and fraction:
            message = "a variance computed as a difference is slightly negative for nearly constant values"
            fix = Fix("tf.math.reduce_variance(x) + 1e-7 under the root")
            yield Fault(message, fix=fix, instead_of=frozenset({operation.trace}))
