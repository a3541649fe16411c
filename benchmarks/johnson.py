"""The network of Johnson et al. as they published it, in plain Keras: what somebody would otherwise train.

Source: Johnson et al., "Perceptual Losses for Real-Time Style Transfer and Super-Resolution", ECCV 2016, supplementary
material, table 1; their tanh, scaled to pixels, is scaled to [0, 1] here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from keras import layers

BORDER = 40
"""Pixels of reflection at each side: what ten convolutions without padding take away at a quarter of the size."""
LEARNING_RATE = 1e-3
Terms = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], dict[str, tf.Tensor]]


class Reflected(layers.Layer):
    """A border of `BORDER` pixels, so that pictures have to be larger than that."""

    def call(self, images: tf.Tensor) -> tf.Tensor:
        """(N, H, W, 3) to (N, H + 80, W + 80, 3)."""
        return tf.pad(images, [[0, 0], [BORDER, BORDER], [BORDER, BORDER], [0, 0]], mode="REFLECT")


def network() -> keras.Model:
    """Pictures (N, H, W, 3) in [0, 1], with sides that four divides, to such pictures."""
    inputs = keras.Input((None, None, 3))
    x = Reflected()(inputs)
    for channels, width, stride in ((32, 9, 1), (64, 3, 2), (128, 3, 2)):
        x = _normalised(layers.Conv2D(channels, width, stride, padding="same")(x))
    for _ in range(5):
        y = _normalised(layers.Conv2D(128, 3)(x))
        y = layers.BatchNormalization()(layers.Conv2D(128, 3)(y))
        x = layers.Cropping2D(2)(x) + y
    for channels in (64, 32):
        x = _normalised(layers.Conv2DTranspose(channels, 3, 2, padding="same")(x))
    x = layers.Conv2D(3, 9, padding="same")(x)
    return keras.Model(inputs, (keras.ops.tanh(x) + 1) / 2)


def _normalised(x: Any) -> Any:
    return layers.ReLU()(layers.BatchNormalization()(x))


class Trained(keras.Model):
    """The network with a loss, for `fit` on batches of pictures and shares."""

    def __init__(self, terms: Terms) -> None:
        super().__init__()
        self.network, self._terms = network(), terms
        self.total = keras.metrics.Mean(name="loss")
        self.compile(optimizer=keras.optimizers.Adam(LEARNING_RATE))

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        """What the network makes."""
        return self.network(images, training=training)

    @property
    def metrics(self) -> list[Any]:
        return [self.total]

    def train_step(self, data: tuple[tf.Tensor, tf.Tensor]) -> dict[str, Any]:
        """One step, as in any tutorial."""
        images, shares = data
        with tf.GradientTape() as tape:
            loss = tf.add_n(list(self._terms(images, self(images, training=True), shares).values()))
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        self.total.update_state(loss)
        return {"loss": self.total.result()}
