"""`loss-scale-past-half`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule

LARGE = 2.0**14
"""A loss of 4 times this is infinite in float16."""


class LossScalePastHalf(Rule):
    """A loss that is scaled in float16, past its end."""

    cause = "half-precision-overflow"
    also = ("loss-scale-misuse",)
    title = "Loss scaled past the end of float16"
    why = "float16 ends at 65,504: a loss of 4 times 16,384 is infinite. The product belongs in float32."
    bad = """\
import tensorflow as tf


def scaled(weights):
    half = tf.cast(weights, tf.float16)
    loss = tf.reduce_mean(tf.abs(half))
    return loss * 32768.0  # <- here
"""
    good = """\
import tensorflow as tf


def scaled(weights):
    half = tf.cast(weights, tf.float16)
    loss = tf.cast(tf.reduce_mean(tf.abs(half)), tf.float32)
    return loss * 32768.0
"""
    operations = frozenset({"multiply"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        if not operation.half or not operation.context.differentiated:
            return
        scale = max((facts.constant or 0.0 for facts in operation.facts), default=0.0)
        if scale >= LARGE and any(facts.has("mean", "sum") for facts in operation.facts):
            message = f"a loss of {65504 / scale:.2g} times {scale:g} is infinite in float16"
            yield Fault(message, fix=Fix("scale it in float32: tf.cast(loss, tf.float32)"))
