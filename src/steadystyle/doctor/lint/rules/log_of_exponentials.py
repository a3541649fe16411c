"""`log-of-exponentials`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule, replaced
from steadystyle.doctor.lint.rules._floors import shortened


class LogOfExponentials(Rule):
    """log(1 + exp(x)) or log(sum(exp(x))) written out."""

    cause = "unstable-softmax"
    also = ("exp-overflow",)
    title = "Logarithm of exponentials"
    why = (
        "The exponential overflows above 88.7 though the logarithm of it would be a small number. tf.nn.softplus "
        "and tf.reduce_logsumexp never make the large number."
    )
    bad = """\
import tensorflow as tf


def penalty(x):
    return tf.reduce_mean(tf.math.log(1.0 + tf.exp(x)))  # <- here
"""
    good = """\
import tensorflow as tf


def penalty(x):
    return tf.reduce_mean(tf.nn.softplus(x))
"""
    operations = frozenset({"log", "log1p"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        x = operation.fact(0, "x")
        exponentials = x.traced("exp")
        soft = x.has("one-plus-exp") if operation.name == "log" else x.has("exp")
        summed = operation.name == "log" and x.has("exp") and x.has("sum")
        if exponentials and (soft or summed):
            written = "log(1 + exp(x))" if soft else "log(sum(exp(x)))"
            message = f"{written} overflows where x is above 88.7, though its value is about x"
            fix = self._softplus(operation, exponentials.__iter__().__next__().node) if soft else None
            fix = fix or Fix("tf.nn.softplus(x)" if soft else "tf.reduce_logsumexp(x, axis)")
            yield Fault(message, fix=fix, instead_of=frozenset({operation.trace}))

    def _softplus(self, operation: Operation, exponential: ast.AST) -> Fix | None:
        name, inside = operation.spell("nn.softplus", "softplus"), operation.operand(0, "x")
        if not (name and inside and isinstance(exponential, ast.Call) and len(exponential.args) == 1):
            return None
        if not any(node is exponential for node in ast.walk(inside)):
            return None
        new = f"{name}({operation.source(exponential.args[0])})"
        return replaced(operation, shortened(new), operation.node, new, safe=True)
