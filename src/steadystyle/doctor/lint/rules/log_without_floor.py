"""`log-without-floor`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Operation, Rule
from steadystyle.doctor.lint.domains import at_edge
from steadystyle.doctor.lint.rules._floors import FLOOR, FLOOR_IN_HALF, floored, shortened


class LogWithoutFloor(Rule):
    """A logarithm whose argument nothing keeps above 0."""

    cause = "log-of-nonpositive"
    title = "Logarithm without a floor"
    why = (
        "log(0) is minus infinity with an infinite slope, and the logarithm of a negative number is NaN. "
        "Probabilities round to 0, and variables walk below it."
    )
    bad = """\
import tensorflow as tf


def entropy(p):
    return -tf.reduce_sum(p * tf.math.log(p))  # <- here
"""
    good = """\
import tensorflow as tf


def entropy(p):
    return -tf.reduce_sum(p * tf.math.log(tf.maximum(p, 1e-7)))
"""
    operations = frozenset({"log", "log1p"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        x, node = operation.fact(0, "x"), operation.operand(0, "x")
        if node is None or not at_edge(operation.name, (x,)) or x.has("softmax", "exp", "one-plus-exp"):
            return
        purpose = operation.context.purpose
        known = x.bounded and x.constant is None  # log of a written 0 is a way to write minus infinity
        if purpose == "metric" or (purpose in ("", "schedule", "shown") and not known):
            return
        edge = "-1" if operation.name == "log1p" else "0"
        message = f"nothing keeps {shortened(operation.source(node))} above {edge}: the logarithm is -inf or NaN there"
        fix = floored(operation, node, FLOOR_IN_HALF if x.half else FLOOR if edge == "0" else f"-1 + {FLOOR}")
        yield Fault(message, fix=fix, also=("unstable-softmax",) if x.has("sigmoid") else ())
