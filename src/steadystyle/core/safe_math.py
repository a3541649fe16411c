"""Division, root, norm and standard deviation with a finite value *and* a finite gradient for every finite argument.

TensorFlow's own `sqrt` has an infinite gradient at 0, `norm` a NaN there, and `where` hides a bad value but not its
gradient; the remedy is always the same: the argument is made harmless *before* the function sees it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

Axes = Sequence[int] | None
TINY = 1e-12
"""What a denominator or a radicand is raised to: far below any power that a float32 picture can have, far above
underflow.
"""


def widened(x: tf.Tensor) -> tf.Tensor:
    """`x` in float32 at least: sums of bfloat16 are lost in rounding, and float64 is left as it is."""
    return tf.cast(x, tf.float32) if x.dtype.size < 4 else x


def divide(numerator: tf.Tensor, denominator: tf.Tensor, floor: float = TINY) -> tf.Tensor:
    """`numerator / max(denominator, floor)` for a denominator that is at least 0 by its nature (a power, a count)."""
    return numerator / tf.maximum(denominator, floor)


def sqrt(x: tf.Tensor, floor: float = TINY) -> tf.Tensor:
    """`sqrt(max(x, floor))`: at or below the floor the gradient is 0, not inf or NaN."""
    return tf.sqrt(tf.maximum(x, floor))


def norm(x: tf.Tensor) -> tf.Tensor:
    """Euclidean norm of all entries, measured after scaling by the largest, so that 1e30 does not overflow.

    Not finite exactly when an entry is not finite, or the true norm exceeds float32.
    """
    # Where the largest entry is inf or lost as NaN, the quotients below are NaN: nothing is hidden.
    largest = tf.reduce_max(tf.abs(x))
    scale = tf.stop_gradient(tf.maximum(largest, TINY))
    return scale * sqrt(tf.reduce_sum(tf.square(x / scale)))


def sqrt_or_zero(x: tf.Tensor, floor: tf.Tensor) -> tf.Tensor:
    """`sqrt(x)` where `x` is above `floor`, elsewhere 0 with the gradient 0; NaN stays NaN."""
    lost = x <= floor
    return tf.where(lost, tf.zeros_like(x), tf.sqrt(tf.where(lost, tf.ones_like(x), x)))


def sort(x: tf.Tensor) -> tf.Tensor:
    """`x` in rising order along its last axis; all NaN if an entry is not finite, which has no place in an order."""
    finite = tf.reduce_all(tf.math.is_finite(x))
    return tf.where(finite, tf.sort(tf.where(finite, x, tf.zeros_like(x))), float("nan"))


def root_mean_square(x: tf.Tensor, axes: Axes = None) -> tf.Tensor:
    """Over `axes` (all if None), which stay with length 1; finite for all finite `x`, and 0 for zeros."""
    _, largest, share = _split(x, axes)
    return largest * share


def limited(gradient: tf.Tensor, limit: tf.Tensor | float, axes: Axes = None) -> tf.Tensor:
    """`gradient` with a root mean square over `axes` of at most `limit`, its direction kept; unchanged if it has.

    Made from entries scaled to [-1, 1], not by a factor: for entries of 1e38 that factor would be below what float32
    holds, and the gradient would vanish instead of being clipped.
    """
    direction, largest, share = _split(gradient, axes)
    limit = tf.minimum(tf.convert_to_tensor(limit, tf.float64), float(gradient.dtype.max))
    limit = tf.cast(limit, gradient.dtype)
    return tf.where(largest * share > limit, direction * divide(limit, share), gradient)


def _split(x: tf.Tensor, axes: Axes) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """`x` scaled to [-1, 1], its largest entry, and the root mean square of what was scaled."""
    largest = tf.reduce_max(tf.abs(x), axes, keepdims=True)
    smallest = np.finfo(x.dtype.as_numpy_dtype).tiny  # below it, processors may take a number for 0
    scaled = x / tf.where(largest >= smallest, largest, tf.ones_like(largest))
    return scaled, largest, sqrt(tf.reduce_mean(tf.square(scaled), axes, keepdims=True))
