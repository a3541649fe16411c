"""Each entry by itself."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from steadystyle.core.contracts import Clip
from steadystyle.optimizers.clips._mended import mended


class Value(Clip):
    """g ← min(max(g, -threshold), threshold). Signs are kept, the direction is not: large entries lose the most.

    Source: Mikolov, "Statistical Language Models Based on Neural Networks", 2012, sec. 3.2.2.
    """

    def __call__(
        self, gradients: Sequence[tf.Tensor], values: Sequence[tf.Tensor], threshold: float
    ) -> list[tf.Tensor]:
        return [_within(one, threshold) for one in gradients]

    def harmless_threshold(self, gradients: Sequence[tf.Tensor], values: Sequence[tf.Tensor]) -> float:
        return max(float(tf.reduce_max(tf.abs(mended(one)))) for one in gradients)


def _within(gradient: tf.Tensor, threshold: float) -> tf.Tensor:
    finite = mended(gradient)
    limit = min(threshold, float(finite.dtype.max))
    # What is within is not touched: the minimum and maximum would turn numbers below 1e-38 into 0.
    return tf.cast(tf.where(tf.abs(finite) > limit, tf.clip_by_value(finite, -limit, limit), finite), gradient.dtype)
