"""`half-precision-sum`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule
from steadystyle.doctor.lint.facts import LARGEST_HALF

CHECKS = {"is_finite", "isfinite"}
"""Whoever looks for these may skip a step that overflows, as dynamic loss scales do."""


class HalfPrecisionSum(Rule):
    """A Gram matrix or a sum of squares in float16."""

    cause = "half-precision-overflow"
    title = "Sum of squares in float16"
    why = (
        "float16 ends at 65,504. A Gram matrix is a sum of products over all places: features of 20 on a 64x64 map "
        "are past it. Sums and squares belong in float32, also under mixed_float16."
    )
    bad = """\
import tensorflow as tf


def gram(features):
    half = tf.cast(features, tf.float16)
    product = tf.matmul(half, half, transpose_a=True)  # <- here
    return tf.cast(product, tf.float32) / 4096.0
"""
    good = """\
import tensorflow as tf


def gram(features):
    single = tf.cast(features, tf.float32)
    return tf.matmul(single, single, transpose_a=True) / 4096.0
"""
    operations = frozenset({"matmul", "einsum", "sum", "mean"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        gram = operation.name in ("matmul", "einsum") and operation.result.has("raw-gram")
        x = operation.fact(0)
        looked_after = x.high <= LARGEST_HALF or operation.words & CHECKS
        squares = x.has("square") and (operation.name == "sum" or (operation.name == "mean" and not looked_after))
        fits = any(facts.has("fits-half") for facts in operation.facts)
        if operation.half and (gram or squares) and not fits:
            what = "a Gram matrix" if gram else f"a {operation.name} of squares"
            fix = Fix("compute it in float32: tf.cast(x, tf.float32)")
            yield Fault(f"{what} in float16 is infinite above 65,504", fix=fix)
