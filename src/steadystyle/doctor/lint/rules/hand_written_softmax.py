"""`hand-written-softmax`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule


class HandWrittenSoftmax(Rule):
    """Exponentials divided by their sum, without the largest taken off first."""

    cause = "unstable-softmax"
    also = ("exp-overflow",)
    title = "Softmax written by hand"
    why = (
        "exp(x) overflows above 88.7 in float32 (11.09 in float16), and infinity divided by infinity is NaN. "
        "tf.nn.softmax takes the largest off first."
    )
    bad = """\
import tensorflow as tf


def shares(logits):
    weights = tf.exp(logits)  # <- here
    return weights / tf.reduce_sum(weights, axis=-1, keepdims=True)
"""
    good = """\
import tensorflow as tf


def shares(logits):
    return tf.nn.softmax(logits)
"""
    operations = frozenset({"divide"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        above, below = operation.fact(0), operation.fact(1)
        if not (above.has("exp") and below.has("exp") and below.has("sum")):
            return
        exponentials = above.traced("exp") & below.traced("exp") or below.traced("exp")
        for trace in sorted(exponentials, key=lambda trace: trace.site.text.span(trace.node))[:1]:
            message = "a softmax by hand: the exponential overflows above 88.7, and inf / inf is NaN"
            fix = Fix("tf.nn.softmax(logits), or tf.nn.log_softmax where its logarithm is taken")
            yield Fault(message, trace, fix, instead_of=frozenset({operation.trace}))
