"""What VGG-16 and VGG-19 share: all but the length of their blocks and the file of their weights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import tensorflow as tf

from steadystyle.backbones import _keras_weights, _names
from steadystyle.backbones._stack import run_stack
from steadystyle.core.contracts import Backbone, Sight
from steadystyle.core.weights import fingerprint

BGR_MEAN = (103.939, 116.779, 123.68)


class KerasVgg(Backbone):
    """Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015.

    We leave the paper in reflecting the border instead of filling it with zeros, which keeps frames out of the picture.
    """

    network: ClassVar[str]
    """As people write it, for messages."""
    blocks: ClassVar[tuple[int, ...]]
    """Convolutions in each."""
    file_name: ClassVar[str]
    md5: ClassVar[str]
    """What Keras calls the weights in its cache, and the hash that it publishes for them."""

    content_layers = ("relu4_2",)
    style_layers = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
    smallest_side = 16
    bytes_of_graph, bytes_of_content = 2500.0, 32.0

    def __init__(self, *, pooling: str, precision: str, weights: Path | None = None) -> None:
        import keras

        application = getattr(keras.applications, self.network.replace("-", ""))
        arrays = _keras_weights.load(application, self.file_name, self.md5, self.network, weights)
        self._convolutions = {name: (tf.constant(kernel), tf.constant(bias)) for name, (kernel, bias) in arrays.items()}
        self._pooling, self._dtype = pooling, tf.as_dtype(precision)
        self.as_read = fingerprint(self._convolutions)

    def pool_before(self, layer: str) -> str | None:
        return _names.pool_before(layer)

    def is_intact(self) -> bool:
        return fingerprint(self._convolutions) == self.as_read

    @classmethod
    def sight(cls, layer: str) -> Sight:
        return _names.stack_sight(layer, cls.blocks, cls.network)

    def features(self, image: tf.Tensor, layers: Sequence[str]) -> dict[str, tf.Tensor]:
        wanted = _names.checked(layers, self.layers, self.network)
        preprocessed = image[..., ::-1] * 255.0 - tf.constant(BGR_MEAN)
        found = run_stack(
            preprocessed, self._convolutions, self.blocks, wanted, pooling=self._pooling, dtype=self._dtype
        )
        return _names.as_asked(found, layers)
