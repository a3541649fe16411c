"""`nan-cast-to-uint8`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule

EDGES = ("divide", "sqrt", "rsqrt", "log", "pow", "norm", "std", "reciprocal", "acos", "asin")


class NanCastToUint8(Rule):
    """A picture cast to bytes after an operation that can make it NaN."""

    cause = "bad-input-range"
    also = ("zero-division", "nonfinite-input")
    title = "NaN cast to uint8"
    why = (
        "tf.cast turns NaN into 0 without a word: the picture is black, and that is why reports speak of black images."
    )
    bad = """\
import tensorflow as tf


def encoded(picture):
    low, high = tf.reduce_min(picture), tf.reduce_max(picture)
    stretched = (picture - low) / (high - low)
    return tf.io.encode_png(tf.cast(stretched * 255.0, tf.uint8))  # <- here
"""
    good = """\
import tensorflow as tf


def encoded(picture):
    low, high = tf.reduce_min(picture), tf.reduce_max(picture)
    stretched = (picture - low) / tf.maximum(high - low, 1e-7)
    return tf.io.encode_png(tf.cast(stretched * 255.0, tf.uint8))
"""
    operations = frozenset({"cast"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        if operation.result.dtype == "uint8" and operation.fact(0).traced(*EDGES):
            message = "what may be NaN is cast to uint8, where NaN is 0: the picture is saved black"
            yield Fault(message, fix=Fix('tf.debugging.check_numerics(picture, "picture") before the cast'))
