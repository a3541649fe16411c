"""`uint8-arithmetic`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule
from steadystyle.doctor.lint.rules._floors import shortened


class Uint8Arithmetic(Rule):
    """Sums, differences and products of bytes, which wrap around."""

    cause = "bad-input-range"
    also = ("integer-overflow",)
    title = "Arithmetic in uint8"
    why = "Bytes wrap around: 10 - 60 is 206, and 200 + 100 is 44. Convert a picture to float first, then compute."
    bad = """\
import tensorflow as tf

photo = tf.io.decode_png(tf.io.read_file("photo.png"))
darker = tf.cast(photo - 60, tf.float32) / 255.0  # <- here
"""
    good = """\
import tensorflow as tf

photo = tf.io.decode_png(tf.io.read_file("photo.png"))
darker = (tf.cast(photo, tf.float32) - 60.0) / 255.0
"""
    operations = frozenset({"add", "subtract", "multiply"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        left, right = operation.facts
        inverted = operation.name == "subtract" and left.constant == 255
        known = all(facts.dtype in ("uint8", "int") for facts in (left, right))
        if operation.result.dtype == "uint8" and known and not inverted and 1.0 not in (left.constant, right.constant):
            message = f"{shortened(operation.source(operation.node))} is computed in uint8, and wraps around"
            yield Fault(message, fix=Fix("convert first: tf.cast(x, tf.float32)"))
