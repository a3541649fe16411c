"""All gradients together, by their common norm."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from steadystyle.core import safe_math
from steadystyle.core.contracts import Clip
from steadystyle.optimizers.clips._mended import mended


class GlobalNorm(Clip):
    """g ← g · min(1, threshold / rms(all entries of all gradients)): how they compare with each other is kept.

    For a single gradient, such as a picture's, it is the same as `norm`.

    Source: Pascanu et al., ICML 2013, algorithm 1, over all parameters. We leave it in taking the root mean square, and
    in what a NaN does: in `tf.clip_by_global_norm` one makes every entry of every gradient NaN.
    """

    def __call__(
        self, gradients: Sequence[tf.Tensor], values: Sequence[tf.Tensor], threshold: float
    ) -> list[tf.Tensor]:
        parts = tf.split(safe_math.limited(_joined(gradients), threshold), [tf.size(one) for one in gradients])
        return [tf.cast(tf.reshape(part, one.shape), one.dtype) for part, one in zip(parts, gradients, strict=True)]

    def harmless_threshold(self, gradients: Sequence[tf.Tensor], values: Sequence[tf.Tensor]) -> float:
        return float(tf.reduce_max(safe_math.root_mean_square(_joined(gradients))))


def _joined(gradients: Sequence[tf.Tensor]) -> tf.Tensor:
    """All entries in a row, in the widest of the gradients' types."""
    rows = [tf.reshape(mended(one), [-1]) for one in gradients]
    widest = max((row.dtype for row in rows), key=lambda dtype: dtype.size)
    return tf.concat([tf.cast(row, widest) for row in rows], 0)
