"""Content's features take on the statistics of a style's: its mean and covariance, as little changed as can be.

A style is nothing but means and covariances of a few hundred channels. So styles blend by averaging them, and strength
is an average of the style's with the content's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import tensorflow as tf

from steadystyle.core import matrix
from steadystyle.feedforward.layout import LAYERS, LEAST, SHRINKAGE

Statistics = tuple[tf.Tensor, tf.Tensor]
"""Mean (C,) and covariance (C, C), float32."""
Style = Mapping[str, Statistics]
"""The statistics of each of `layout.LAYERS`."""


def statistics(features: tf.Tensor) -> Statistics:
    """Of `features` (1, H, W, C), over places; right to float32's rounding whatever they are in."""
    mean, covariance = matrix.mean_and_covariance(matrix.moments(features))
    return tf.cast(mean, tf.float32), tf.cast(covariance, tf.float32)


def blended(styles: Sequence[tuple[Style, float | tf.Tensor]]) -> dict[str, Statistics]:
    """The average of several styles by their shares, which sum to 1."""
    return {
        layer: (
            tf.add_n([share * style[layer][0] for style, share in styles]),
            tf.add_n([share * style[layer][1] for style, share in styles]),
        )
        for layer in LAYERS
    }


def transported(features: tf.Tensor, own: Statistics, target: Statistics) -> tf.Tensor:
    """`features` (1, H, W, C), whose statistics are `own`, with the mean and covariance of `target`, moved as little as
    can be in the mean square.

    Source: Huang and Belongie, "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization", ICCV 2017,
    eq. 8, matches the deviation of each channel; we match what channels do together too, as in Li et al., "Universal
    Style Transfer via Feature Transforms", NeurIPS 2017, by the map that changes least (Lu et al., "A Closed-form
    Solution to Universal Style Transfer", ICCV 2019, sec. 3), in which we leave them in shrinking both covariances.
    """
    mean, covariance = own
    move = tf.cast(matrix.transport(_shrunk(covariance), _shrunk(target[1])), tf.float32)
    offset = target[0] - tf.linalg.matvec(move, mean)
    return tf.matmul(features, tf.cast(move, features.dtype)) + tf.cast(offset, features.dtype)


def _shrunk(covariance: tf.Tensor) -> tf.Tensor:
    size = covariance.shape[0]
    return covariance + (SHRINKAGE * tf.linalg.trace(covariance) / size + LEAST) * tf.eye(size)
