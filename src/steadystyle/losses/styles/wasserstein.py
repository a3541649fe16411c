"""Wasserstein distance of Gaussians: how far features must move to have the style's mean and covariance."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from steadystyle.core import matrix
from steadystyle.losses.styles._statistics import StatisticsLoss

SHRINKAGE = 1e-4
"""Added to all eigenvalues, in units of the style's mean power of a channel: more than the rounding of a covariance
that is summed in float32, less than the eye sees.
"""

Moments = tuple[tf.Tensor, tf.Tensor]


class Aim(NamedTuple):
    """The style's mean; its mean power of a channel, the unit in which its covariance is; trace and root of that."""

    mean: tf.Tensor
    unit: tf.Tensor
    trace: tf.Tensor
    root: tf.Tensor


class Wasserstein(StatisticsLoss):
    """Mean over layers of 4 (||m - μ||² + tr(S + Σ - 2 (Σ^½ S Σ^½)^½)) / (||μ||² + tr Σ), with μ and Σ the style's mean
    and covariance: the squared Wasserstein-2 distance of two Gaussians, whose second part is that of Bures.

    Source: Dowson and Landau, "The Fréchet Distance between Multivariate Normal Distributions", 1982; for style,
    Mroueh, "Wasserstein Style Transfer", AISTATS 2020. We leave them in dividing by the target's power, and in adding a
    little to the eigenvalues of both covariances, without which the root has no gradient where features are constant or
    depend on each other. Several styles blend by their means and covariances.
    """

    def layer_sums(self, activations: tf.Tensor) -> matrix.Moments:
        return matrix.moments(activations)

    def statistics(self, sums: matrix.Moments) -> Moments:
        return matrix.mean_and_covariance(sums)

    def aim(self, statistics: Moments) -> Aim:
        mean, covariance = statistics
        unit = matrix.mean_eigenvalue(covariance, tf.reduce_sum(tf.square(mean)))
        shrunk = matrix.shrunk(covariance, unit, SHRINKAGE * self.softening)
        return Aim(mean, unit, tf.linalg.trace(shrunk), matrix.square_root(shrunk))

    def distance(self, statistics: Moments, aim: Aim) -> tf.Tensor:
        # In float64, because what is left of the traces at the target is far below the traces.
        mean, covariance = statistics
        moved = tf.reduce_sum(tf.square(mean - aim.mean)) / aim.unit
        shrunk = matrix.shrunk(covariance, aim.unit, SHRINKAGE * self.softening)
        common = tf.linalg.trace(matrix.square_root(aim.root @ shrunk @ aim.root))
        reshaped = tf.maximum(tf.linalg.trace(shrunk) + aim.trace - 2.0 * common, 0.0)
        return 4.0 / mean.shape[0] * (moved + reshaped)
