"""What a user would otherwise write: the method of TensorFlow's style-transfer tutorial, in plain TensorFlow.

As a script: `python -m benchmarks.rivals CONTENT STYLE OUT --size 512 --steps 1000`. Nothing of SteadyStyle is used.

The method: VGG-19; content at block5_conv2 with weight 1e4, style at block1_conv1 ... block5_conv1 with weight 1e-2 / 5
on Gram matrices divided by H·W, both as mean squares; total variation with weight 30; Adam with learning rate 0.02,
beta_1 0.99, epsilon 0.1; clipping to [0, 1]; 1,000 steps from the content picture.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import TypeAlias

import tensorflow as tf

CONTENT_LAYER = "block5_conv2"
STYLE_LAYERS = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1")
CONTENT_WEIGHT, STYLE_WEIGHT, VARIATION_WEIGHT = 1e4, 1e-2, 30.0
STEPS = 1000

Extract: TypeAlias = Callable[[tf.Tensor], tuple[tf.Tensor, Sequence[tf.Tensor]]]
"""A picture (1, H, W, 3) in [0, 1] to its content features and the features of each style layer."""


def vgg19(seed: int = 0) -> Extract:
    """VGG-19's architecture with random weights, which cost the same time and memory as trained ones.

    They are drawn as He et al. (ICCV 2015) do, so that activations keep their magnitude through the layers.
    """
    network = tf.keras.applications.VGG19(include_top=False, weights=None)
    initialise = tf.keras.initializers.HeNormal(seed)
    for layer in network.layers:
        if layer.weights:
            layer.kernel.assign(initialise(layer.kernel.shape))
    outputs = [network.get_layer(name).output for name in (CONTENT_LAYER, *STYLE_LAYERS)]
    model = tf.keras.Model(network.input, outputs)
    model.trainable = False

    def extract(image: tf.Tensor) -> tuple[tf.Tensor, Sequence[tf.Tensor]]:
        content, *styles = model(tf.keras.applications.vgg19.preprocess_input(image * 255.0))
        return content, styles

    return extract


class Descent:
    """A picture that the tutorial's Adam moves and clips."""

    def __init__(self, start: tf.Tensor) -> None:
        self.image = tf.Variable(start)
        self._optimizer = tf.keras.optimizers.Adam(learning_rate=0.02, beta_1=0.99, epsilon=1e-1)
        self._optimizer.build([self.image])

    @tf.function
    def move(self, gradient: tf.Tensor) -> None:
        """One step against `gradient`, (1, H, W, 3)."""
        self._optimizer.apply_gradients([(gradient, self.image)])
        self.image.assign(tf.clip_by_value(self.image, 0.0, 1.0))


class Tutorial:
    """The tutorial's method on the pictures `content` and `style`, each (1, H, W, 3) in [0, 1]."""

    def __init__(self, extract: Extract, content: tf.Tensor, style: tf.Tensor) -> None:
        self._extract = extract
        self._content = extract(content)[0]
        self._styles = [gram(features) for features in extract(style)[1]]
        self.descent = Descent(content)

    def loss(self, image: tf.Tensor) -> tf.Tensor:
        """The tutorial's own loss of `image`, scalar."""
        content, styles = self._extract(image)
        errors = [
            tf.reduce_mean((gram(features) - target) ** 2)
            for features, target in zip(styles, self._styles, strict=True)
        ]
        loss = CONTENT_WEIGHT * tf.reduce_mean((content - self._content) ** 2)
        loss += STYLE_WEIGHT / len(errors) * tf.add_n(errors)
        return loss + VARIATION_WEIGHT * tf.reduce_sum(tf.image.total_variation(image))

    @tf.function
    def gradient(self) -> tuple[tf.Tensor, tf.Tensor]:
        """The loss at the picture where it is now, and its gradient there."""
        image = self.descent.image
        with tf.GradientTape() as tape:
            loss = self.loss(image)
        return loss, tape.gradient(loss, image)

    @tf.function
    def step(self) -> tf.Tensor:
        """One step; returns the loss before it."""
        loss, gradient = self.gradient()
        self.descent.move(gradient)
        return loss


def gram(features: tf.Tensor) -> tf.Tensor:
    """(1, H, W, C) to (1, C, C), divided by H·W."""
    shape = tf.shape(features)
    return tf.einsum("bijc,bijd->bcd", features, features) / tf.cast(shape[1] * shape[2], tf.float32)


def read(path: str, size: int) -> tf.Tensor:
    """The picture (1, H, W, 3) in [0, 1], its longer side `size` pixels."""
    image = tf.image.decode_image(tf.io.read_file(path), channels=3, expand_animations=False, dtype=tf.float32)
    height, width = image.shape[:2]
    scale = size / max(height, width)
    return tf.image.resize(image, [round(height * scale), round(width * scale)])[tf.newaxis]


def main() -> None:
    """Read the command line, stylise, save."""
    parser = argparse.ArgumentParser(description="The method of TensorFlow's style-transfer tutorial.")
    parser.add_argument("content")
    parser.add_argument("style")
    parser.add_argument("out")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args()
    method = Tutorial(vgg19(), read(options.content, options.size), read(options.style, options.size))
    for _ in range(options.steps):
        method.step()
    picture = tf.image.convert_image_dtype(method.descent.image[0], tf.uint8, saturate=True)
    tf.io.write_file(options.out, tf.io.encode_png(picture))


if __name__ == "__main__":
    main()
