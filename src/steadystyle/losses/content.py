"""Content loss: the picture's features against those of the content picture, place by place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from steadystyle.core import safe_math
from steadystyle.core.contracts import Loss
from steadystyle.core.flow import Features


class Squares(NamedTuple):
    """How many numbers, and the sums of the squares of F - P and of P."""

    count: tf.Tensor
    differences: tf.Tensor
    powers: tf.Tensor


class Content(Loss):
    """Mean over layers of ||F - P||² / ||P||², with P the content picture's features.

    Source: Gatys et al., CVPR 2016, eq. 1; we leave it in dividing by the target's power, so that the weight means
    the same for every layer, size and backbone.
    """

    place_by_place = True

    def gathered(self, features: Features) -> dict[str, tf.Tensor]:
        """The features themselves."""
        return {layer: features[layer] for layer in self.layers}

    def blended(self, references: Sequence[tuple[dict[str, tf.Tensor], float]]) -> dict[str, tf.Tensor]:
        """Several references are averaged by their shares."""
        return {
            layer: tf.add_n([share * safe_math.widened(features[layer]) for features, share in references])
            for layer in self.layers
        }

    def sums(self, features: Features, target: dict[str, tf.Tensor]) -> dict[str, Squares]:
        return {
            layer: _squares(safe_math.widened(features[layer]), safe_math.widened(target[layer]))
            for layer in self.layers
        }

    def value(self, sums: dict[str, Squares], target: Any) -> tf.Tensor:
        errors = []
        for count, differences, powers in sums.values():
            power = safe_math.divide(powers, count, floor=1.0)
            error = safe_math.divide(differences, count, floor=1.0)
            errors.append(safe_math.divide(error, power, floor=1e-6 * self.softening))
        return tf.add_n(errors) / len(errors)


def _squares(features: tf.Tensor, target: tf.Tensor) -> Squares:
    differences = tf.reduce_sum(tf.square(features - target))
    return Squares(tf.cast(tf.size(features), features.dtype), differences, tf.reduce_sum(tf.square(target)))
