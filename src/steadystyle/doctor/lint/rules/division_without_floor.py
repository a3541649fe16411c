"""`division-without-floor`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule, replaced
from steadystyle.doctor.lint.domains import may_be_zero
from steadystyle.doctor.lint.facts import Trace
from steadystyle.doctor.lint.rules._floors import FLOOR, FLOOR_IN_HALF, floored, shortened


class DivisionWithoutFloor(Rule):
    """A division by a sum, norm, deviation, count or range that is 0 for some data."""

    cause = "zero-division"
    also = ("small-std-division",)
    title = "Division without a floor"
    why = (
        "The sum of an empty mask, the norm of a zero vector, the deviation or range of a flat picture are exactly "
        "0. x/0 is infinite and 0/0 is NaN."
    )
    bad = """\
import tensorflow as tf


def masked_mean(errors, mask):
    return tf.reduce_sum(errors * mask) / tf.reduce_sum(mask)  # <- here
"""
    good = """\
import tensorflow as tf


def masked_mean(errors, mask):
    return tf.math.divide_no_nan(tf.reduce_sum(errors * mask), tf.reduce_sum(mask))
"""
    operations = frozenset({"divide", "reciprocal", "apply_gradients"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        if operation.name == "apply_gradients":
            return
        below = operation.facts[-1] if operation.facts else operation.fact(0, "x")
        purpose = operation.context.purpose
        if purpose in ("metric", "schedule") or not may_be_zero(below) or (purpose == "shown" and not below.bounded):
            return
        node = operation.operands[-1] if operation.operands else operation.operand(0, "x")
        if operation.name == "divide" and below.has("exp") and operation.fact(0).has("exp"):
            return  # a softmax by hand, which has a rule of its own
        message = f"{shortened(operation.source(node))} may be 0: the quotient is infinite or NaN there"
        hidden = below.traced("sqrt", "norm", "std") | {operation.trace}
        also = (*self.also, "bad-input-range", "log-of-nonpositive") if below.bounded else self.also
        yield Fault(message, fix=self._fix(operation), also=also, instead_of=frozenset(hidden))

    def excuses(self, operation: Operation) -> Iterator[Trace]:
        if operation.name == "apply_gradients" and operation.context.checked:
            for facts in operation.facts:
                yield from facts.deep().traced("divide", "reciprocal")

    def _fix(self, operation: Operation) -> Fix:
        below, node = operation.facts[-1], operation.operands[-1]
        if below.low >= 0:
            whole = below.dtype.startswith(("int", "uint"))
            return floored(operation, node, "1" if whole else FLOOR_IN_HALF if below.half else FLOOR)
        divide = operation.spell("math.divide_no_nan")
        if divide is None or operation.name != "divide" or len(operation.operands) != 2:
            return Fix("say what the quotient is where it is 0: tf.math.divide_no_nan(a, b)")
        above, below_text = (operation.source(one) for one in operation.operands)
        new = f"{divide}({above}, {below_text})"
        return replaced(operation, f"0 where the denominator is 0: {shortened(new)}", operation.node, new, safe=True)
