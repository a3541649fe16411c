"""A trained network as it runs elsewhere: whatever numbers come in, pictures go out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from steadystyle.core import safe_math
from steadystyle.feedforward.network import StyleNetwork

IMAGES, SHARES, PICTURES = "images", "shares", "pictures"
"""What its inputs and its output are called."""
LARGEST_SHARE = 1e6


class Served(tf.Module):
    """A network with a door that takes anything: there is nobody behind it to catch an error.

    A number below 0 counts as 0, one above 1 as 1, NaN as 0; shares are taken in proportion, and if none of them is
    above 0, as equal.

    Args:
        network: computing in float32.
        shares: how much of each style, fixed once and for all; asked for with the pictures if None.

    Attributes:
        function: pictures (N, H, W, 3) float32, sRGB in [0, 1], perhaps with shares (N, S), to pictures like them.
        function_of_levels: the same from and to levels of 0 to 255, uint8.
    """

    def __init__(self, network: StyleNetwork, shares: Sequence[float] | None) -> None:
        super().__init__()
        self._weights = [variable.value for variable in network.weights]  # so that TensorFlow saves them
        asked = tf.TensorSpec([None, len(network.names)], tf.float32, name=SHARES)
        fixed = None if shares is None else [list(shares)]  # no tensor: ONNX's converter would ask for it

        def paint(images: tf.Tensor, shares: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
            sound = _kept_up_to(1.0, images)
            known = tf.repeat(fixed, tf.shape(images)[0], axis=0) if shares is None else _in_proportion(shares)
            return {PICTURES: network(sound, known)}

        def paint_levels(images: tf.Tensor, shares: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
            made = paint(tf.cast(images, tf.float32) / 255, shares)[PICTURES]
            return {PICTURES: tf.cast(tf.round(255 * made), tf.uint8)}

        def compiled(function: Any, dtype: tf.DType) -> Any:
            images = tf.TensorSpec([None, None, None, 3], dtype, name=IMAGES)
            inputs = [images, asked] if fixed is None else [images]
            return tf.function(function, input_signature=inputs, autograph=False)

        self.function = compiled(paint, tf.float32)
        self.function_of_levels = compiled(paint_levels, tf.uint8)


def _kept_up_to(most: float, numbers: tf.Tensor) -> tf.Tensor:
    """Numbers from 0 to `most`; 0 in place of NaN.

    Asked like this and not by `numbers > 0`, of which the converter to ONNX makes a product with 0 or 1: NaN stays NaN.
    """
    return tf.where(tf.math.is_nan(numbers), 0.0, tf.clip_by_value(numbers, 0.0, most))


def _in_proportion(asked: tf.Tensor) -> tf.Tensor:
    """Shares (N, S) that sum to 1."""
    sound = _kept_up_to(LARGEST_SHARE, asked)
    total = tf.reduce_sum(sound, axis=1, keepdims=True)
    return tf.where(total > 0, safe_math.divide(sound, total), 1.0 / asked.shape[1])
