"""`log-of-softmax`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule, replaced
from steadystyle.doctor.lint.rules._floors import shortened

INSTEAD = {"softmax": ("nn.log_softmax", "log_softmax"), "sigmoid": ("math.log_sigmoid", "log_sigmoid")}


class LogOfSoftmax(Rule):
    """The logarithm of a softmax or sigmoid, which round to 0."""

    cause = "log-of-nonpositive"
    also = ("unstable-softmax",)
    title = "Logarithm of a softmax or sigmoid"
    why = (
        "A softmax or sigmoid rounds to exactly 0 when its logits are about 100 apart, and its logarithm is then "
        "minus infinity. The logarithm computed from the logits themselves is exact."
    )
    bad = """\
import tensorflow as tf


def cross_entropy(labels, logits):
    return -tf.reduce_sum(labels * tf.math.log(tf.nn.softmax(logits)))  # <- here
"""
    good = """\
import tensorflow as tf


def cross_entropy(labels, logits):
    return -tf.reduce_sum(labels * tf.nn.log_softmax(logits))
"""
    operations = frozenset({"log"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        x = operation.fact(0, "x")
        if x.positive or not x.has("softmax", "sigmoid") or operation.context.purpose == "metric":
            return
        squash = "softmax" if x.has("softmax") else "sigmoid"
        message = f"a {squash} rounds to 0, and its logarithm is then -inf: compute it from the logits"
        yield Fault(message, fix=self._fix(operation, squash), instead_of=frozenset({operation.trace}))

    def _fix(self, operation: Operation, squash: str) -> Fix:
        node = operation.operand(0, "x")
        tensorflow, keras = INSTEAD[squash]
        name = operation.spell(tensorflow, keras)
        if isinstance(node, ast.Call) and len(node.args) == 1 and name and squash in ast.dump(node.func):
            rest = "".join(f", {operation.source(keyword)}" for keyword in node.keywords)
            new = f"{name}({operation.source(node.args[0])}{rest})"
            return replaced(operation, shortened(new), operation.node, new, safe=True)
        return Fix(f"tf.{tensorflow}(logits), or a cross-entropy with from_logits=True")
