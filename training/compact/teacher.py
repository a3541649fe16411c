"""The teacher: a VGG-19 made 16 times smaller, with heads that predict VGG-19's own features.

Source: Wang et al., "Collaborative Distillation for Ultra-Resolution Universal Style Transfer", CVPR 2020 (MIT
licence). The file holds `conv0` (RGB in [0, 1] to mean-subtracted BGR), `conv11` ... `conv51` in (out, in, height,
width) order, and `conv11_aux` ... `conv51_aux`, the 1x1 heads (then ReLU) to 64, 128, 256, 512 and 512 channels.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf

from steadystyle.backbones._stack import run_stack

BLOCKS = (2, 2, 4, 4, 1)
HEADS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2", "relu5_1")
"""Where the student is compared with the teacher. `relu4_2`, the content layer, has no head in the teacher's file:
there the teacher's own features are what is predicted.
"""
LAYERS = tuple(f"relu{block}_{index}" for block, count in enumerate(BLOCKS, 1) for index in range(1, count + 1))


class Teacher:
    """The frozen teacher, from a file of the form that the module's docstring describes."""

    def __init__(self, path: Path) -> None:
        with np.load(path, allow_pickle=False) as arrays:
            self._arrays = {name: arrays[name].astype(np.float32) for name in arrays.files}
        self._convolutions = {layer[4:]: self._convolution(f"conv{layer[4]}{layer[6]}") for layer in LAYERS}

    def _convolution(self, name: str) -> tuple[tf.Tensor, tf.Tensor]:
        kernel = self._arrays[f"{name}.weight"].transpose(2, 3, 1, 0)
        return tf.constant(kernel), tf.constant(self._arrays[f"{name}.bias"])

    def hidden(self, images: tf.Tensor, dtype: tf.DType = tf.float32) -> dict[str, tf.Tensor]:
        """The output of each ReLU for `images` (N, H, W, 3), sRGB in [0, 1]."""
        kernel, bias = self._convolution("conv0")
        preprocessed = tf.nn.conv2d(images, kernel, 1, "VALID") + bias
        return run_stack(preprocessed, self._convolutions, BLOCKS, LAYERS, pooling="max", dtype=dtype)

    def heads(self, hidden: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """VGG-19's features as the teacher predicts them, from `hidden`; float32."""
        return {layer: tf.nn.relu(signed) for layer, signed in self.before_relu(hidden).items()}

    def before_relu(self, hidden: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """What the heads say before their ReLU, float32; at the content layer the teacher's own features."""
        predicted = {}
        for layer in HEADS:
            own, name = tf.cast(hidden[layer], tf.float32), f"conv{layer[4]}{layer[6]}_aux"
            if f"{name}.weight" in self._arrays:
                kernel, bias = self._convolution(name)
                own = tf.nn.conv2d(own, kernel, 1, "VALID") + bias
            predicted[layer] = own
        return predicted
