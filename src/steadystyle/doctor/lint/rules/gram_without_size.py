"""`gram-without-size`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule


class GramWithoutSize(Rule):
    """A Gram matrix that reaches the loss without being divided by the number of its terms."""

    cause = "unnormalised-loss"
    also = ("high-learning-rate", "bad-input-range")
    title = "Gram matrix without its size"
    why = (
        "Each entry of a Gram matrix is a sum over all places of the picture, and the loss is made of its squares: "
        "at 512 pixels it is 10^10 times as large as it should be, and the first step overflows or throws the "
        "picture away."
    )
    bad = """\
import tensorflow as tf

image = tf.Variable(tf.random.uniform((64, 3)))
wanted = tf.zeros((3, 3))
with tf.GradientTape() as tape:
    gram = tf.matmul(image, image, transpose_a=True)  # <- here
    loss = tf.reduce_mean(tf.square(gram - wanted))
gradient = tape.gradient(loss, image)
"""
    good = """\
import tensorflow as tf

image = tf.Variable(tf.random.uniform((64, 3)))
wanted = tf.zeros((3, 3))
with tf.GradientTape() as tape:
    gram = tf.matmul(image, image, transpose_a=True) / tf.cast(tf.size(image), tf.float32)
    loss = tf.reduce_mean(tf.square(gram - wanted))
gradient = tape.gradient(loss, image)
"""
    operations = frozenset({"gradient"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        loss = operation.fact(1, "target").deep()
        if loss.has("raw-gram"):
            for trace in sorted(loss.traced("raw-gram"), key=lambda trace: trace.site.text.span(trace.node)):
                message = "the Gram matrix reaches the loss without being divided by height x width x channels"
                yield Fault(message, trace, Fix("divide it: / tf.cast(tf.size(features), tf.float32)"))
