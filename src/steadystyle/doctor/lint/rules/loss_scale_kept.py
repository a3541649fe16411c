"""`loss-scale-kept`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule


class LossScaleKept(Rule):
    """Gradients of a scaled loss that are applied without being divided again."""

    cause = "loss-scale-misuse"
    also = ("high-learning-rate",)
    title = "Loss scale never taken back"
    why = (
        "A loss is scaled so that small gradients survive float16; applied as they are, they are 1,024 times too large."
    )
    bad = """\
import tensorflow as tf

weights = tf.Variable([1.0, 2.0])
optimizer = tf.keras.optimizers.SGD(0.01)
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(tf.square(weights))
    scaled = loss * 1024.0  # <- here
gradient = tape.gradient(scaled, weights)
optimizer.apply_gradients([(gradient, weights)])
"""
    good = """\
import tensorflow as tf

weights = tf.Variable([1.0, 2.0])
optimizer = tf.keras.optimizers.SGD(0.01)
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(tf.square(weights))
    scaled = loss * 1024.0
gradient = tape.gradient(scaled, weights) / 1024.0
optimizer.apply_gradients([(gradient, weights)])
"""
    operations = frozenset({"apply_gradients"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        given = operation.fact(1).deep()
        for trace in given.traced("loss-scaled") if given.has("loss-scaled") else ():
            if "scal" in trace.site.text.line(trace.site.text.span(trace.node)[0]).lower():
                yield Fault(
                    "the gradients of this scaled loss are applied without being divided again",
                    trace,
                    Fix("divide them by the same scale"),
                )
