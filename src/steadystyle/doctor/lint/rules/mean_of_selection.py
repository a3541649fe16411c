"""`mean-of-selection`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule, replaced


class MeanOfSelection(Rule):
    """The mean of what a mask selects, which may be nothing."""

    cause = "empty-reduction"
    also = ("zero-division",)
    title = "Mean of a selection"
    why = "A mask that selects nothing leaves a mean of no elements, which is 0/0."
    bad = """\
import tensorflow as tf


def loss_of_foreground(errors, mask):
    return tf.reduce_mean(tf.boolean_mask(errors, mask))  # <- here
"""
    good = """\
import tensorflow as tf


def loss_of_foreground(errors, mask):
    chosen = tf.boolean_mask(errors, mask)
    return tf.math.divide_no_nan(tf.reduce_sum(chosen), tf.cast(tf.size(chosen), tf.float32))
"""
    operations = frozenset({"mean"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        if not operation.fact(0).has("selection") or operation.context.purpose == "metric":
            return
        yield Fault("a mask may select nothing, and the mean of nothing is NaN", fix=self._fix(operation))

    def _fix(self, operation: Operation) -> Fix:
        summary = "divide the sum by the count with tf.math.divide_no_nan"
        divide = operation.spell("math.divide_no_nan")
        if divide is None or len(operation.operands) != 1 or operation.keywords:
            return Fix(summary)
        x = operation.source(operation.operands[0])
        size = f"{operation.spell('cast')}({operation.spell('size')}({x}), {operation.spell('float32')})"
        new = f"{divide}({operation.spell('reduce_sum')}({x}), {size})"
        single = operation.fact(0).dtype in ("", "float32")
        return replaced(operation, summary, operation.node, new, safe=single)
