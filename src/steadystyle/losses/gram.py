"""Style loss: which features appear together, wherever they are."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from steadystyle.core import matrix, safe_math
from steadystyle.core.contracts import Loss
from steadystyle.core.flow import Features


class Gram(Loss):
    """Mean over layers of ||G - A||² / ||A||² (Frobenius), with A the style picture's Gram matrix.

    Source: Gatys et al., CVPR 2016, eq. 4 and 5; we leave it in dividing by the target's power instead of
    4·C²·(H·W)², so that the weight means the same for every layer, size and backbone. Several styles blend by their
    Gram matrices.
    """

    def target(self, references: Sequence[tuple[Features, float]]) -> dict[str, tf.Tensor]:
        return {
            layer: tf.add_n([share * matrix.gram(features[layer]) for features, share in references])
            for layer in self.layers
        }

    def __call__(self, features: Features, target: dict[str, tf.Tensor]) -> tf.Tensor:
        errors = []
        for layer in self.layers:
            difference = matrix.gram(features[layer]) - target[layer]
            power = tf.reduce_sum(tf.square(target[layer]))
            errors.append(safe_math.divide(tf.reduce_sum(tf.square(difference)), power, floor=1e-6))
        return tf.add_n(errors) / len(errors)
