"""A root mean square, and a limit to it, that neither overflow nor vanish."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from steadystyle.core import safe_math

Axes = Sequence[int] | None


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
    return tf.where(largest * share > limit, direction * safe_math.divide(limit, share), gradient)


def _split(x: tf.Tensor, axes: Axes) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """`x` scaled to [-1, 1], its largest entry, and the root mean square of what was scaled."""
    largest = tf.reduce_max(tf.abs(x), axes, keepdims=True)
    smallest = np.finfo(x.dtype.as_numpy_dtype).tiny  # below it, processors may take a number for 0
    scaled = x / tf.where(largest >= smallest, largest, tf.ones_like(largest))
    return scaled, largest, safe_math.sqrt(tf.reduce_mean(tf.square(scaled), axes, keepdims=True))
