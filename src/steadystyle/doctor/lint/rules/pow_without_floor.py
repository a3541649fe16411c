"""`pow-without-floor`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Operation, Rule
from steadystyle.doctor.lint.domains import pow_at_edge
from steadystyle.doctor.lint.rules._floors import FLOOR, FLOOR_IN_HALF, floored, shortened


class PowWithoutFloor(Rule):
    """A fractional power of what may be 0 or negative."""

    cause = "pow-domain"
    also = ("sqrt-gradient-at-zero",)
    title = "Fractional power without a floor"
    why = (
        "A fractional power of a negative number is NaN, and with an exponent below 1 its slope at 0 is infinite. "
        "Gamma curves of pictures meet both: black pixels, and pixels that a step has pushed below 0."
    )
    bad = """\
import tensorflow as tf


def display_loss(linear, wanted):
    shown = tf.pow(linear, 1 / 2.4)  # <- here
    return tf.reduce_mean(tf.square(shown - wanted))
"""
    good = """\
import tensorflow as tf


def display_loss(linear, wanted):
    shown = tf.pow(tf.maximum(linear, 1e-7), 1 / 2.4)
    return tf.reduce_mean(tf.square(shown - wanted))
"""
    operations = frozenset({"pow"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        base, exponent = operation.fact(0), operation.fact(1)
        value = exponent.constant
        if (value is not None and value == int(value)) or not pow_at_edge(base, exponent) or base.has("eigenvalues"):
            return
        negative = base.kind == "variable" or base.has("signed") or base.bounded
        if operation.context.purpose == "metric" or (value is not None and value > 1 and not negative):
            return
        if not operation.context.differentiated and not negative:
            return
        node = operation.operands[0]
        what = shortened(operation.source(node))
        message = f"nothing keeps {what} above 0: the power is NaN below it" + (
            ", and its slope infinite at it" if value is None or value < 1 else ""
        )
        yield Fault(message, fix=floored(operation, node, FLOOR_IN_HALF if base.half else FLOOR))
