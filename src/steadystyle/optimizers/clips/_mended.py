"""The one rule for what is no number in a gradient that is clipped."""

from __future__ import annotations

import tensorflow as tf

from steadystyle.core import safe_math


def mended(gradient: tf.Tensor) -> tf.Tensor:
    """`gradient` in float32 at least, with a finite number in each entry; finite entries stay to the bit.

    NaN counts as 0: it has no direction. An infinity counts as the largest finite entry with its own sign, so that it
    is heard and the others are not drowned; where no other entry says anything, as the largest number there is.
    """
    gradient = safe_math.widened(gradient)
    finite = tf.math.is_finite(gradient)
    known = tf.where(finite, gradient, tf.zeros_like(gradient))
    largest = tf.reduce_max(tf.abs(known))
    loud = tf.where(largest > 0, largest, gradient.dtype.max)
    infinite = tf.where(tf.math.is_inf(gradient), tf.sign(gradient) * loud, tf.zeros_like(gradient))
    return tf.where(finite, gradient, infinite)
