"""`epsilon-outside-root`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule
from steadystyle.doctor.lint.facts import Trace

ROOTS = ("sqrt", "norm", "std")


class EpsilonOutsideRoot(Rule):
    """A denominator whose epsilon stands outside its root, in a program that is compiled by XLA."""

    cause = "sqrt-gradient-at-zero"
    also = ("small-std-division", "zero-division")
    title = "Epsilon outside the root"
    why = (
        "(x - mean) / (std + epsilon) is finite for a constant x, and so is its gradient without XLA. Compiled with "
        "jit_compile=True, the infinite slope of the root meets a 0, and the gradient is NaN."
    )
    bad = """\
import tensorflow as tf


@tf.function(jit_compile=True)
def standardised(x):
    return (x - tf.reduce_mean(x)) / (tf.math.reduce_std(x) + 1e-5)  # <- here
"""
    good = """\
import tensorflow as tf


@tf.function(jit_compile=True)
def standardised(x):
    return (x - tf.reduce_mean(x)) / tf.sqrt(tf.math.reduce_variance(x) + 1e-5)
"""
    operations = frozenset({"divide"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        context = operation.context
        if context.compiled and context.differentiated and operation.fact(1).positive:
            for trace in self._roots(operation):
                message = "the epsilon stands outside the root, whose slope is infinite at 0: NaN when compiled by XLA"
                fix = Fix("put it inside: tf.sqrt(tf.math.reduce_variance(x) + 1e-5)")
                yield Fault(message, trace, fix, instead_of=frozenset({trace}))

    def excuses(self, operation: Operation) -> Iterator[Trace]:
        if not operation.context.compiled and operation.fact(1).positive and operation.fact(0).numeric:
            yield from self._roots(operation)

    def _roots(self, operation: Operation) -> Iterator[Trace]:
        yield from sorted(operation.fact(1).traced(*ROOTS), key=lambda trace: trace.site.text.span(trace.node))
