"""VGG-19 with the weights that Keras distributes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import tensorflow as tf

from steadystyle.backbones import _keras_weights, _names
from steadystyle.backbones._stack import run_stack
from steadystyle.core.contracts import Backbone

BLOCKS = (2, 2, 4, 4, 4)
BGR_MEAN = (103.939, 116.779, 123.68)


class Vgg19(Backbone):
    """Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015.

    We leave the paper in reflecting the border instead of filling it with zeros, which keeps frames out of the picture.
    """

    layers = _names.stack_layers(BLOCKS)
    content_layers = ("relu4_2",)
    style_layers = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
    smallest_side = 16

    def __init__(self, *, pooling: str, precision: str, weights: Path | None = None) -> None:
        from keras.applications import VGG19

        arrays = _keras_weights.load(
            VGG19,
            "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
            "253f8cb515780f3b799900260a226db6",
            "VGG-19",
            weights,
        )
        self._convolutions = {name: (tf.constant(kernel), tf.constant(bias)) for name, (kernel, bias) in arrays.items()}
        self._pooling, self._dtype = pooling, tf.as_dtype(precision)

    def features(self, image: tf.Tensor, layers: Sequence[str]) -> dict[str, tf.Tensor]:
        wanted = _names.checked(layers, self.layers, "VGG-19")
        preprocessed = image[..., ::-1] * 255.0 - tf.constant(BGR_MEAN)
        found = run_stack(preprocessed, self._convolutions, BLOCKS, wanted, pooling=self._pooling, dtype=self._dtype)
        return _names.as_asked(found, layers)
