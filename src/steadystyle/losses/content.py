"""Content loss: the picture's features against those of the content picture, place by place."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from steadystyle.core import safe_math
from steadystyle.core.contracts import Loss
from steadystyle.core.flow import Features


class Content(Loss):
    """Mean over layers of ||F - P||² / ||P||², with P the content picture's features.

    Source: Gatys et al., CVPR 2016, eq. 1; we leave it in dividing by the target's power, so that the weight means
    the same for every layer, size and backbone.
    """

    def target(self, references: Sequence[tuple[Features, float]]) -> dict[str, tf.Tensor]:
        """The features themselves; several references are averaged by their shares."""
        return {
            layer: tf.add_n([share * safe_math.widened(features[layer]) for features, share in references])
            for layer in self.layers
        }

    def __call__(self, features: Features, target: dict[str, tf.Tensor]) -> tf.Tensor:
        errors = []
        for layer in self.layers:
            difference = safe_math.widened(features[layer]) - target[layer]
            power = tf.reduce_mean(tf.square(target[layer]))
            errors.append(safe_math.divide(tf.reduce_mean(tf.square(difference)), power, floor=1e-6 * self.softening))
        return tf.add_n(errors) / len(errors)
