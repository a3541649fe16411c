"""Conditional instance normalisation: each channel of each picture gets the mean and deviation that a style has."""

from __future__ import annotations

import tensorflow as tf

from steadystyle.core import safe_math

SMALLEST_VARIANCE = 1e-4
"""What a variance is raised to before its root divides: of a constant picture nothing but rounding would be
normalised.
"""


def adapted(features: tf.Tensor, mean: tf.Tensor, deviation: tf.Tensor) -> tf.Tensor:
    """`features` (N, H, W, C) with the means and deviations (N, 1, 1, C) for each picture's channels over its places.

    Sums are float32 whatever the features are in; value and gradient are finite where nothing varies.

    Source: Dumoulin et al., "A Learned Representation for Artistic Style", ICLR 2017, eq. 5.
    """
    wide = safe_math.widened(features)
    own = tf.reduce_mean(wide, [1, 2], keepdims=True)
    # Of differences, because E[x²] - E[x]² of nearly constant channels is negative by rounding.
    variance = tf.reduce_mean(tf.square(wide - own), [1, 2], keepdims=True)
    factor = safe_math.divide(deviation, safe_math.sqrt(variance, floor=SMALLEST_VARIANCE))
    return features * tf.cast(factor, features.dtype) + tf.cast(mean - factor * own, features.dtype)
