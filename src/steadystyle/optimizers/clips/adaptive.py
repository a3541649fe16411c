"""Each unit by its norm, in proportion to the size of what it would change."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from steadystyle.core import safe_math
from steadystyle.core.contracts import Clip
from steadystyle.optimizers.clips._mended import mended

FLOOR = 1e-3
"""What a unit's size is raised to: black, and weights that start at 0, would never move."""


class Adaptive(Clip):
    """g ← g · min(1, threshold · max(rms(x), FLOOR) / rms(g)) for each unit x, with the gradient g of that unit.

    A unit is what one output sees: all entries with the same last index, of a picture one colour; a vector or a scalar
    is one unit. The threshold is a ratio: 1 lets the gradient be as large as the values.

    Source: Brock et al., "High-Performance Large-Scale Image Recognition Without Normalization", ICML 2021, eq. 3. The
    ratio of two norms is that of two root mean squares, so for weights it is theirs; a picture's colours are our
    reading of their rows.
    """

    def __call__(
        self, gradients: Sequence[tf.Tensor], values: Sequence[tf.Tensor], threshold: float
    ) -> list[tf.Tensor]:
        return [
            tf.cast(
                safe_math.limited(mended(one), threshold * tf.cast(_size(value), tf.float64), _unit(one)), one.dtype
            )
            for one, value in zip(gradients, values, strict=True)
        ]

    def harmless_threshold(self, gradients: Sequence[tf.Tensor], values: Sequence[tf.Tensor]) -> float:
        ratios = (
            safe_math.divide(
                tf.cast(safe_math.root_mean_square(mended(one), _unit(one)), tf.float64),
                tf.cast(_size(value), tf.float64),
            )
            for one, value in zip(gradients, values, strict=True)
        )
        return max(float(tf.reduce_max(ratio)) for ratio in ratios)


def _unit(tensor: tf.Tensor) -> list[int] | None:
    """The axes that a unit runs along."""
    return list(range(tensor.shape.rank - 1)) if tensor.shape.rank > 1 else None


def _size(value: tf.Tensor) -> tf.Tensor:
    """Of each unit of `value`."""
    return tf.maximum(safe_math.root_mean_square(mended(value), _unit(value)), FLOOR)
