"""Sliced Wasserstein distance: how far features must move to have the style's distribution, direction by direction."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from steadystyle.core import matrix, safe_math
from steadystyle.losses.styles._statistics import StatisticsLoss

SEED = 0
QUANTILES = 256
"""As many numbers describe a distribution, whatever the size of the picture."""


class Quantiles(NamedTuple):
    """How many places, and the quantiles (QUANTILES, directions) times their number."""

    count: tf.Tensor
    quantiles: tf.Tensor


class SlicedWasserstein(StatisticsLoss):
    """Mean over layers of 4 Σ ||q(v) - r(v)||² / Σ ||r(v)||² over directions v, with q(v) and r(v) the sorted
    projections of the picture's and the style's features on v, averaged within equal shares of the places.

    Source: Heitz et al., "A Sliced Wasserstein Loss for Neural Texture Synthesis", CVPR 2021, sec. 4. We leave it in
    keeping the directions, so that the same picture always has the same loss; in taking them orthonormal, as many as
    channels, so that no part of the features is missed; in comparing averages of quantiles, so that pictures of
    different sizes compare and every place has a gradient; and in dividing by the target's power. Several styles blend
    by their quantiles. The quantiles of a picture in tiles are the averages of theirs: right where the tiles are alike.
    """

    adds_up = False

    def layer_sums(self, activations: tf.Tensor) -> Quantiles:
        flat = matrix.places(activations)
        directions = tf.constant(_directions(flat.shape[1]), flat.dtype)
        count = tf.cast(tf.shape(flat)[0], flat.dtype)
        return Quantiles(count, count * _quantiles(tf.matmul(directions, flat, transpose_b=True)))

    def statistics(self, sums: Quantiles) -> tf.Tensor:
        return safe_math.divide(sums.quantiles, sums.count, floor=1.0)

    def distance(self, statistics: tf.Tensor, aim: tf.Tensor) -> tf.Tensor:
        power = tf.reduce_sum(tf.square(aim)) / QUANTILES
        moved = tf.reduce_sum(tf.square(statistics - aim)) / QUANTILES
        return 4.0 * safe_math.divide(moved, power, floor=1e-3 * self.softening)


@functools.cache
def _directions(channels: int) -> np.ndarray:
    """A random orthonormal basis, one direction a row."""
    drawn = np.random.default_rng(SEED).normal(size=(channels, channels))
    return np.asarray(np.linalg.qr(drawn)[0])


def _quantiles(projected: tf.Tensor) -> tf.Tensor:
    """Averages of the sorted values of (directions, places) within `QUANTILES` equal shares: (QUANTILES, directions).

    A share's borders fall within a place, which counts on both sides: a picture that is repeated has the same averages.
    """
    ordered = tf.transpose(safe_math.sort(projected))
    count = tf.shape(ordered)[0]
    borders = tf.linspace(tf.zeros((), tf.float64), tf.cast(count, tf.float64), QUANTILES + 1)
    place = tf.minimum(tf.cast(borders, tf.int32), count - 1)
    rest = (borders - tf.cast(place, tf.float64))[:, tf.newaxis]
    # In float64: an average is a small difference of large sums.
    before = tf.cumsum(tf.cast(ordered, tf.float64), exclusive=True)
    sums = tf.gather(before, place) + rest * tf.cast(tf.gather(ordered, place), tf.float64)
    return tf.cast((sums[1:] - sums[:-1]) * (QUANTILES / tf.cast(count, tf.float64)), projected.dtype)
