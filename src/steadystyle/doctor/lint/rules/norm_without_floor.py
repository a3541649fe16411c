"""`norm-without-floor`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule, replaced
from steadystyle.doctor.lint.rules._floors import FLOOR_UNDER_ROOT, shortened


class NormWithoutFloor(Rule):
    """The gradient of a norm, or of a standard deviation, of what may be all 0 or all the same."""

    cause = "sqrt-gradient-at-zero"
    title = "Norm or standard deviation without a floor"
    why = (
        "A norm is a square root: at a zero vector its gradient is NaN. So is that of a standard deviation at a "
        "constant: a flat picture, a dead channel. Written out, the root has room for an epsilon inside."
    )
    bad = """\
import tensorflow as tf


def spread_loss(features):
    return tf.reduce_mean(tf.math.reduce_std(features, axis=[1, 2]))  # <- here
"""
    good = """\
import tensorflow as tf


def spread_loss(features):
    return tf.reduce_mean(tf.sqrt(tf.math.reduce_variance(features, axis=[1, 2]) + 1e-12))
"""
    operations = frozenset({"norm", "std"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        node, x = operation.operand(0, "tensor"), operation.fact(0, "tensor")
        kind = operation.keywords.get("ord", (None, operation.fact(1)))[1]
        euclidean = kind.kind in ("", "none", "tuple") or kind.constant == 2 or kind.target == "euclidean"
        if node is None or not operation.context.differentiated or x.kind == "array" or x.positive:
            return
        if operation.name == "norm" and not (euclidean and not (kind.kind == "number" and kind.constant != 2)):
            return
        what = "a norm is NaN at a zero vector" if operation.name == "norm" else "a deviation is NaN at a constant"
        message = f"the gradient of {what}: nothing keeps {shortened(operation.source(node))} away from it"
        yield Fault(message, fix=self._fix(operation))

    def _fix(self, operation: Operation) -> Fix:
        node, root = operation.operand(0), operation.spell("sqrt")
        inner = operation.spell("reduce_sum") if operation.name == "norm" else operation.spell("math.reduce_variance")
        summary = "write the root out, with an epsilon inside: tf.sqrt(... + 1e-12)"
        plain = not set(operation.keywords) - {"axis", "keepdims"} and len(operation.operands) == 1
        if node is None or root is None or inner is None or not plain:
            return Fix(summary)
        x = operation.source(node)
        squares = f"{operation.spell('square')}({x})" if operation.name == "norm" else x
        rest = "".join(f", {name}={operation.source(value)}" for name, (value, _) in operation.keywords.items())
        new = f"{root}({inner}({squares}{rest}) + {FLOOR_UNDER_ROOT})"
        return replaced(operation, summary, operation.node, new, safe=not operation.half)
