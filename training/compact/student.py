"""The student: the compact backbone while it learns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from steadystyle.backbones._stack import pool, run_stack
from steadystyle.core.reflect import reflect_pad

from .teacher import BLOCKS, HEADS, LAYERS
from .whitening import WhitenedConvolution, patch_statistics

CHANNELS = (16, 32, 64, 128, 128)
HEAD_CHANNELS = (64, 128, 256, 512, 128, 512)
PATCHES = 10_000


class Student(tf.Module):
    """The convolutions, and a head for each layer that has one in the teacher; the heads are dropped on export."""

    def __init__(self, seed: int) -> None:
        super().__init__(name="student")
        generator = np.random.default_rng(seed)
        self.convolutions: dict[str, WhitenedConvolution] = {}
        inputs = 3
        for layer in LAYERS:
            outputs = CHANNELS[int(layer[4]) - 1]
            self.convolutions[layer] = WhitenedConvolution(3, inputs, outputs, generator, f"convolution_{layer}")
            inputs = outputs
        self.heads = {
            layer: WhitenedConvolution(1, CHANNELS[int(layer[4]) - 1], predicted, generator, f"head_{layer}")
            for layer, predicted in zip(HEADS, HEAD_CHANNELS, strict=True)
        }

    def hidden(self, images: tf.Tensor, dtype: tf.DType, layers: Sequence[str] = LAYERS) -> dict[str, tf.Tensor]:
        """The outputs of the ReLUs for `images` (N, H, W, 3) in [0, 1]."""
        parameters = {layer[4:]: part.kernel_and_bias() for layer, part in self.convolutions.items()}
        return run_stack(images, parameters, BLOCKS, layers, pooling="max", dtype=dtype)

    def predict(self, hidden: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """VGG-19's features from `hidden`, float32."""
        predicted = {}
        for layer, part in self.heads.items():
            kernel, bias = part.kernel_and_bias()
            head = tf.nn.conv2d(hidden[layer], tf.cast(kernel, hidden[layer].dtype), 1, "VALID")
            predicted[layer] = tf.nn.relu(tf.cast(head, tf.float32) + bias)
        return predicted

    def rewhiten(self, images: tf.Tensor, generator: np.random.Generator, *, keep_heads: bool = True) -> None:
        """Measure what each part receives for `images` and change its coordinates; what it computes stays.

        With `keep_heads` false the heads start anew, scaled for what they receive.
        """
        hidden = self.hidden(images, tf.float32)
        before: tf.Tensor = images
        for layer in LAYERS:
            if layer[6] == "1" and layer[4] != "1":
                before = pool(before, "max")
            self.convolutions[layer].rewhiten(*patch_statistics(reflect_pad(before), 3, generator, PATCHES))
            before = hidden[layer]
        for layer, head in self.heads.items():
            head.rewhiten(*patch_statistics(hidden[layer], 1, generator, PATCHES), keep_function=keep_heads)
