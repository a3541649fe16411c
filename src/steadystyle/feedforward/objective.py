"""What a network for styles of its own is trained to: content, styles, smoothness."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from steadystyle.backbones.compact import Compact
from steadystyle.core import safe_math
from steadystyle.core.matrix import gram
from steadystyle.core.settings import TrainSettings
from steadystyle.images.resize import fit, resize


class StyleObjective:
    """The losses of `stylize` by default, for a batch: each picture's own, and their mean.

    Args:
        styles: (H, W, 3) float32 in [0, 1] each.
        precision: of the convolutions.
    """

    def __init__(self, styles: Sequence[np.ndarray], settings: TrainSettings, precision: str) -> None:
        self._settings, self._backbone = settings, Compact(pooling="max", precision=precision)
        self._style_layers, self._content_layers = self._backbone.style_layers, self._backbone.content_layers
        targets = [self._grams_of(style) for style in styles]
        self._targets = {layer: tf.stack([target[layer] for target in targets]) for layer in self._style_layers}

    def _grams_of(self, style: np.ndarray) -> dict[str, tf.Tensor]:
        fitted = resize(style, *fit(style.shape[0], style.shape[1], self._settings.style_size))
        short = [max(0, self._backbone.smallest_side - side) for side in fitted.shape[:2]]
        mirrored = np.pad(fitted, [(0, short[0]), (0, short[1]), (0, 0)], mode="symmetric")
        features = self._backbone.features(tf.constant(mirrored[np.newaxis]), self._style_layers)
        return {layer: gram(features[layer]) for layer in self._style_layers}

    def __call__(self, images: tf.Tensor, made: tf.Tensor, shares: tf.Tensor) -> dict[str, tf.Tensor]:
        """The weighted terms.

        Args:
            images: the contents (N, H, W, 3).
            made: what the network made of them.
            shares: (N, S), the styles that it was asked for.
        """
        contents = self._backbone.features(images, self._content_layers)
        found = self._backbone.features(made, [*self._style_layers, *self._content_layers])
        content = [_relative(found[layer], contents[layer]) for layer in self._content_layers]
        style = [
            _relative(_grams(found[layer]), tf.tensordot(shares, self._targets[layer], 1))
            for layer in self._style_layers
        ]
        down, across = made[:, 1:] - made[:, :-1], made[:, :, 1:] - made[:, :, :-1]
        variation = tf.reduce_mean(tf.square(down)) + tf.reduce_mean(tf.square(across))
        return {
            "content": self._settings.content_weight * tf.add_n(content) / len(content),
            "style": self._settings.style_weight * tf.add_n(style) / len(style),
            "total-variation": self._settings.tv_weight * variation,
        }


def _grams(features: tf.Tensor) -> tf.Tensor:
    """(N, H, W, C) to (N, C, C), as `core.matrix.gram` makes one."""
    shape = tf.shape(features)
    places = shape[1] * shape[2]
    flat = tf.reshape(safe_math.widened(features), [shape[0], places, features.shape[-1]])
    return tf.matmul(flat, flat, transpose_a=True) / tf.cast(places, flat.dtype)


def _relative(found: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
    """The mean over pictures of ||found - wanted||² / ||wanted||²."""
    found, wanted = safe_math.widened(found), safe_math.widened(wanted)
    places = list(range(1, len(found.shape)))
    power = tf.reduce_mean(tf.square(wanted), places)
    difference = tf.reduce_mean(tf.square(found - wanted), places)
    return tf.reduce_mean(safe_math.divide(difference, power, floor=1e-6))
