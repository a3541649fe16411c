"""`integer-product`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule

LARGEST = 2**31 - 1


class IntegerProduct(Rule):
    """A product of sizes in int32 that is larger than int32 can hold."""

    cause = "integer-overflow"
    also = ("zero-division",)
    title = "Product of sizes in int32"
    why = (
        "tf.shape gives int32. The denominator 4·N²·M² of a Gram loss passes 2^31 for a picture of 256 pixels and "
        "wraps around, often to exactly 0: the loss is then infinite, or negative."
    )
    bad = """\
import tensorflow as tf


def gram_loss(a, b):
    n, m = tf.shape(a)[0], tf.shape(a)[1]
    size = 4 * n * n * m * m  # <- here
    return tf.reduce_sum(tf.square(a - b)) / tf.cast(size, tf.float32)
"""
    good = """\
import tensorflow as tf


def gram_loss(a, b):
    n, m = tf.cast(tf.shape(a)[0], tf.float32), tf.cast(tf.shape(a)[1], tf.float32)
    return tf.reduce_sum(tf.square(a - b)) / (4.0 * n * n * m * m)
"""
    operations = frozenset({"multiply", "pow"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        result = operation.result
        if result.dtype != "int32" or not operation.numeric:
            return
        certain = result.low > LARGEST and not any(facts.low > LARGEST for facts in operation.facts)
        grown = result.has("hypervolume") and not any(facts.has("hypervolume") for facts in operation.facts)
        if certain or grown:
            message = "a product of sizes in int32 wraps around at 2^31, often to 0"
            yield Fault(message, fix=Fix("cast each size to float before multiplying: tf.cast(n, tf.float32)"))
