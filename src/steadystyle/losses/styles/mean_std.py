"""Mean and standard deviation: how strong each feature is, and how much it varies."""

from __future__ import annotations

import tensorflow as tf

from steadystyle.core import matrix, safe_math
from steadystyle.losses.styles._statistics import StatisticsLoss

Moments = tuple[tf.Tensor, tf.Tensor]


class MeanStd(StatisticsLoss):
    """Mean over layers of 4 (||m - μ||² + ||s - σ||²) / (||μ||² + ||σ||²), with μ and σ the style's mean and standard
    deviation of each channel.

    Source: Huang and Belongie, "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization", ICCV
    2017, eq. 13; we leave it in squaring the norms and in dividing by the target's power. Several styles blend by
    their means and deviations, as in sec. 7.2 there.
    """

    def layer_sums(self, activations: tf.Tensor) -> matrix.Moments:
        return matrix.square_moments(activations)

    def statistics(self, sums: matrix.Moments) -> Moments:
        return matrix.mean_and_std(sums)

    def distance(self, statistics: Moments, aim: Moments) -> tf.Tensor:
        found, wanted = tf.stack(statistics), tf.stack(aim)
        power = tf.reduce_sum(tf.square(wanted))
        return 4.0 * safe_math.divide(tf.reduce_sum(tf.square(found - wanted)), power, floor=1e-3 * self.softening)
