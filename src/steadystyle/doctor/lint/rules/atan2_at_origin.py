"""`atan2-at-origin`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule


class Atan2AtOrigin(Rule):
    """The angle of what begins at the origin."""

    cause = "trig-domain"
    title = "atan2 of variables that begin at 0"
    why = "The origin has no angle: atan2(0, 0) is 0, and its gradient 0/0."
    bad = """\
import tensorflow as tf

flow = tf.Variable(tf.zeros((8, 2)))
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(tf.atan2(flow[:, 1], flow[:, 0]))  # <- here
"""
    good = """\
import tensorflow as tf

flow = tf.Variable(tf.zeros((8, 2)))
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(tf.atan2(flow[:, 1], flow[:, 0] + 1e-6))
"""
    operations = frozenset({"atan2"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        if operation.context.differentiated and all(facts.has("zero-start") for facts in operation.facts[:2]):
            yield Fault("both begin at 0, where an angle has no gradient", fix=Fix("begin elsewhere, or add 1e-6 to x"))
