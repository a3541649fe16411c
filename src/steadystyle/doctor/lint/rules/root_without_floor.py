"""`root-without-floor`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Operation, Rule
from steadystyle.doctor.lint.facts import Trace
from steadystyle.doctor.lint.rules._floors import FLOOR_UNDER_ROOT, FLOOR_UNDER_ROOT_IN_HALF, floored, shortened


class RootWithoutFloor(Rule):
    """A square root of what may be 0, where a gradient is taken."""

    cause = "sqrt-gradient-at-zero"
    title = "Square root without a floor"
    why = (
        "The slope of a square root is infinite at 0, and infinity times the 0 of the square below it is NaN: the "
        "loss is finite and the gradient is not. An epsilon has to stand inside the root."
    )
    bad = """\
import tensorflow as tf


def distance(a, b):
    return tf.sqrt(tf.reduce_sum(tf.square(a - b)))  # <- here
"""
    good = """\
import tensorflow as tf


def distance(a, b):
    return tf.sqrt(tf.reduce_sum(tf.square(a - b)) + 1e-12)
"""
    operations = frozenset({"sqrt", "rsqrt", "square", "pow"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        x, node = operation.fact(0, "x"), operation.operand(0, "x")
        if operation.name not in ("sqrt", "rsqrt") or node is None or not x.numeric or x.positive:
            return
        reaches_below = x.bounded and x.low < 0
        if not (operation.context.differentiated or reaches_below) or x.has("variance-by-difference") or x.high < 0:
            return
        inside = shortened(operation.source(node))
        floor = FLOOR_UNDER_ROOT_IN_HALF if x.half else FLOOR_UNDER_ROOT
        fix = floored(operation, node, floor)
        if operation.name == "rsqrt":
            yield Fault(
                f"1 / sqrt of {inside} is infinite where that is 0", fix=fix, cause="zero-division", also=(self.cause,)
            )
        elif x.low < 0:
            message = f"nothing keeps {inside} above 0: the root is NaN below it, and its slope infinite at it"
            yield Fault(message, fix=fix, cause="sqrt-of-negative", also=(self.cause,))
        else:
            yield Fault(f"{inside} may be 0, where the slope of the root is infinite and the gradient NaN", fix=fix)

    def excuses(self, operation: Operation) -> Iterator[Trace]:
        # A root that is squared again gets a slope of 0 times infinity that TensorFlow takes for 0.
        if operation.name == "square" or (operation.name == "pow" and operation.fact(1).constant == 2):
            yield from (t for t in operation.fact(0).traced("sqrt", "norm", "std") if t.node is operation.operand(0))
