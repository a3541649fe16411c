"""Gram matrices: which features appear together."""

from __future__ import annotations

import tensorflow as tf

from steadystyle.core import matrix, safe_math
from steadystyle.losses.styles._statistics import StatisticsLoss


class Gram(StatisticsLoss):
    """Mean over layers of ||G - A||² / ||A||² (Frobenius), with A the style picture's Gram matrix.

    Source: Gatys et al., CVPR 2016, eq. 4 and 5; we leave it in dividing by the target's power instead of
    4·C²·(H·W)², so that the weight means the same for every layer, size and backbone. Several styles blend by their
    Gram matrices.
    """

    def layer_sums(self, activations: tf.Tensor) -> matrix.Products:
        return matrix.products(activations)

    def statistics(self, sums: matrix.Products) -> tf.Tensor:
        return matrix.gram(sums)

    def distance(self, statistics: tf.Tensor, aim: tf.Tensor) -> tf.Tensor:
        power = tf.reduce_sum(tf.square(aim))
        return safe_math.divide(tf.reduce_sum(tf.square(statistics - aim)), power, floor=1e-6 * self.softening)
