"""`epsilon-lost-in-half`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Operation, Rule, replaced
from steadystyle.doctor.lint.facts import HALF_TINIEST

ENOUGH = "1e-4"


class EpsilonLostInHalf(Rule):
    """An epsilon that float16 rounds to 0."""

    cause = "half-precision-underflow"
    also = ("zero-division", "log-of-nonpositive")
    title = "Epsilon that is 0 in float16"
    why = "The smallest float16 is 6e-8: an epsilon of 1e-8 added to one is exactly 0, and guards nothing."
    bad = """\
import tensorflow as tf


def entropy(p):
    half = tf.cast(p, tf.float16)
    return -tf.reduce_sum(tf.math.log(half + 1e-8))  # <- here
"""
    good = """\
import tensorflow as tf


def entropy(p):
    half = tf.cast(p, tf.float16)
    return -tf.reduce_sum(tf.math.log(half + 1e-4))
"""
    operations = frozenset({"add", "maximum", "clip"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        if not any(facts.half for facts in operation.facts):
            return
        for node, facts in zip(operation.operands, operation.facts, strict=False):
            value = facts.constant
            if value is not None and 0 < value < HALF_TINIEST:
                fix = replaced(operation, f"an epsilon that float16 has: {ENOUGH}", node, ENOUGH)
                yield Fault(f"{operation.source(node)} is 0 in float16", fix=fix)
