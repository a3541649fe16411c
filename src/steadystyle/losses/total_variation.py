"""Total variation: how much neighbouring pixels differ."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from steadystyle.core import safe_math
from steadystyle.core.contracts import Loss
from steadystyle.core.flow import IMAGE, Features


class TotalVariation(Loss):
    """Mean square difference of neighbouring pixels, across plus down; it has no target.

    Source: Johnson et al., "Perceptual Losses for Real-Time Style Transfer", ECCV 2016, sec. 3.2 (after Mahendran and
    Vedaldi, CVPR 2015, with exponent 2, whose gradient is finite on flat pictures, unlike that of exponent 1).
    """

    def __init__(self, layers: Sequence[str] = (IMAGE,)) -> None:
        super().__init__(layers)

    def target(self, references: Sequence[tuple[Features, float]]) -> None:
        return None

    def __call__(self, features: Features, target: None) -> tf.Tensor:
        image = safe_math.widened(features[IMAGE])
        total = tf.zeros((), image.dtype)
        for difference in (image[:, 1:] - image[:, :-1], image[:, :, 1:] - image[:, :, :-1]):
            # A picture one pixel wide has no neighbours across: the mean of nothing is 0 here, not NaN.
            count = tf.cast(tf.size(difference), image.dtype)
            total += safe_math.divide(tf.reduce_sum(tf.square(difference)), count, floor=1.0)
        return total
