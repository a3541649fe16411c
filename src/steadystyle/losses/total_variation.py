"""Total variation: how much neighbouring pixels differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from steadystyle.core import safe_math
from steadystyle.core.contracts import Loss
from steadystyle.core.flow import IMAGE, Features


class Differences(NamedTuple):
    """How many, and the sum of their squares."""

    count: tf.Tensor
    squares: tf.Tensor


class TotalVariation(Loss):
    """Mean square difference of neighbouring pixels, across plus down; it has no target.

    Source: Johnson et al., "Perceptual Losses for Real-Time Style Transfer", ECCV 2016, sec. 3.2 (after Mahendran and
    Vedaldi, CVPR 2015, with exponent 2, whose gradient is finite on flat pictures, unlike that of exponent 1).
    """

    def __init__(self, layers: Sequence[str] = (IMAGE,)) -> None:
        super().__init__(layers)

    def blended(self, references: Sequence[tuple[Any, float]]) -> None:
        return None

    def sums(self, features: Features, target: None) -> tuple[Differences, Differences]:
        image = safe_math.widened(features[IMAGE])
        return _squares(image[:, 1:] - image[:, :-1]), _squares(image[:, :, 1:] - image[:, :, :-1])

    def value(self, sums: tuple[Differences, Differences], target: None) -> tf.Tensor:
        # A picture one pixel wide has no neighbours across: the mean of nothing is 0 here, not NaN.
        return tf.add_n([safe_math.divide(squares, count, floor=1.0) for count, squares in sums])


def _squares(differences: tf.Tensor) -> Differences:
    return Differences(tf.cast(tf.size(differences), differences.dtype), tf.reduce_sum(tf.square(differences)))
