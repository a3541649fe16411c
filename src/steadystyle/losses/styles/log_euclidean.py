"""Log-Euclidean distance of Gram matrices: weak directions of the features count as much as strong ones."""

from __future__ import annotations

import tensorflow as tf

from steadystyle.core import matrix
from steadystyle.losses.styles._statistics import StatisticsLoss

SHRINKAGE = 1e-2
"""Added to all eigenvalues, in units of the style's mean eigenvalue: directions much weaker than this do not count."""

Aim = tuple[tf.Tensor, tf.Tensor]


class LogEuclidean(StatisticsLoss):
    """Mean over layers of ||log(G/a + εI) - log(A/a + εI)||² / C (Frobenius), with A the style picture's Gram matrix, a
    its mean eigenvalue and log the logarithm of the matrix.

    Source: Arsigny et al., "Log-Euclidean Metrics for Fast and Simple Calculus on Diffusion Tensors", Magnetic
    Resonance in Medicine 2006, which gives the distance; we leave it in adding ε, because Gram matrices of features
    have eigenvalues of 0, whose logarithm is infinite, and in dividing by the number of channels. Several styles blend
    by their Gram matrices.
    """

    def layer_sums(self, activations: tf.Tensor) -> matrix.Moments:
        return matrix.moments(activations)

    def statistics(self, sums: matrix.Moments) -> tf.Tensor:
        # Of moments: the logarithm sees directions a ten-thousandth as strong as the mean, where float32's sums end.
        return matrix.gram_of_moments(sums)

    def aim(self, statistics: tf.Tensor) -> Aim:
        unit = matrix.mean_eigenvalue(statistics)
        return unit, matrix.logarithm(matrix.shrunk(statistics, unit, SHRINKAGE * self.softening))

    def distance(self, statistics: tf.Tensor, aim: Aim) -> tf.Tensor:
        unit, wanted = aim
        found = matrix.logarithm(matrix.shrunk(statistics, unit, SHRINKAGE * self.softening))
        return tf.reduce_sum(tf.square(found - wanted)) / wanted.shape[0]
