"""`where-around-bad-gradient`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule
from steadystyle.doctor.lint.domains import EDGED
from steadystyle.doctor.lint.facts import Trace
from steadystyle.doctor.lint.rules._floors import shortened

COMMON = {"divide", "reciprocal", "exp"}
"""Operations that are most often harmless: the condition has to be about what they are done with."""


class WhereAroundBadGradient(Rule):
    """`tf.where` that hides a bad value, but not its gradient."""

    cause = "masked-branch-gradient"
    also = ("sqrt-gradient-at-zero", "pow-domain", "log-of-nonpositive", "zero-division", "exp-overflow")
    title = "where around a bad gradient"
    why = (
        "tf.where chooses between values that are both computed. On the way back the branch that was not chosen "
        "gets a gradient of 0, and 0 times the infinite slope of a log, root, power or quotient is NaN. Choose what "
        "to compute with first, then compute."
    )
    bad = """\
import tensorflow as tf


def entropy(p):
    return -tf.reduce_sum(tf.where(p > 0, p * tf.math.log(p), 0.0))  # <- here
"""
    good = """\
import tensorflow as tf


def entropy(p):
    safe = tf.where(p > 0, p, 1.0)
    return -tf.reduce_sum(tf.where(p > 0, p * tf.math.log(safe), 0.0))
"""
    operations = frozenset({"where"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        if not operation.context.differentiated or operation.fact(0, "condition").has("finite-check"):
            return
        for trace in self._hidden(operation):
            code = shortened(trace.site.text.of(trace.node))
            message = f"tf.where hides the value of {code}, but not its gradient: 0 times infinity is NaN"
            fix = Fix("a second tf.where inside: compute with tf.where(condition, x, 1.0)")
            yield Fault(message, trace, fix, instead_of=frozenset({trace}))

    def excuses(self, operation: Operation) -> Iterator[Trace]:
        if not operation.context.differentiated:
            yield from self._hidden(operation)
        if operation.fact(0, "condition").has("finite-check"):  # gradients that are mended before they are used
            for branch in (operation.fact(1, "x"), operation.fact(2, "y")):
                yield from branch.traces if branch.has("gradient") else ()

    def _hidden(self, operation: Operation) -> Iterator[Trace]:
        branches = [operation.fact(1, "x"), operation.fact(2, "y")]
        found = frozenset[Trace]().union(*(b.traced(*EDGED) for b in branches if not b.has("sum", "mean")))
        for trace in sorted(found, key=lambda trace: trace.site.text.span(trace.node)):
            if trace.operation not in COMMON or _decides(operation.fact(0, "condition").target, trace):
                yield trace


def _decides(compared: object, trace: Trace) -> bool:
    """Whether the condition compares something that the operation is done with."""
    names = {node.id for node in ast.walk(trace.node) if isinstance(node, ast.Name)}
    return isinstance(compared, frozenset) and not names.isdisjoint(compared)
