"""Adaptive instance normalisation: content's features take on the statistics of a style's, and are decoded.

A style is nothing but means and deviations of a few hundred channels. So styles blend by averaging them, and strength
is an average of the style's with the content's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import tensorflow as tf

from steadystyle.core import safe_math
from steadystyle.core.reflect import reflect_pad

LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
"""Of the encoder, whose statistics make a style; the last is where the decoder starts."""
CONTENT_LAYERS = LAYERS[1:]
"""Whose features of the content the decoder sees. At the full size it does not: textures there are the style's."""
BLOCKS = {"relu4_1": (128, 128, 64), "relu3_1": (64, 64, 32), "relu2_1": (32, 16), "relu1_1": (16, 3)}
"""The decoder's convolutions (3x3) after each adaptation, by their outputs. The last of a block has no ReLU; what it
says is adapted to the next layer's statistics, at twice the size.
"""
SMALLEST_VARIANCE = 1e-4
"""What a variance is raised to before content is divided by its root: the encoder's features have unit power, and of
a constant picture nothing but rounding would be normalised.
"""

Convolution = tuple[tf.Tensor, tf.Tensor]
"""A kernel (3, 3, in, out) and a bias (out,)."""
Statistics = tuple[tf.Tensor, tf.Tensor]
"""Mean and standard deviation of each channel, (N, 1, 1, C) each, float32."""
Style = Mapping[str, Statistics]
"""The statistics of each of `LAYERS`."""


def statistics(features: tf.Tensor) -> Statistics:
    """Of `features` (N, H, W, C), over places; in float32 whatever they are in."""
    wide = safe_math.widened(features)
    mean = tf.reduce_mean(wide, [1, 2], keepdims=True)
    # Of differences, because E[x²] - E[x]² of nearly constant channels is negative by rounding.
    variance = tf.reduce_mean(tf.square(wide - mean), [1, 2], keepdims=True)
    return mean, safe_math.sqrt(variance, floor=SMALLEST_VARIANCE)


def blended(styles: Sequence[tuple[Style, float | tf.Tensor]]) -> dict[str, Statistics]:
    """The average of several styles by their shares, which sum to 1."""
    return {
        layer: (
            tf.add_n([share * style[layer][0] for style, share in styles]),
            tf.add_n([share * style[layer][1] for style, share in styles]),
        )
        for layer in LAYERS
    }


def adapted(features: tf.Tensor, target: Statistics) -> tf.Tensor:
    """`features` (N, H, W, C) with the mean and deviation of `target`.

    Source: Huang and Belongie, "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization", ICCV 2017,
    eq. 8.
    """
    mean, deviation = statistics(features)
    factor = safe_math.divide(target[1], deviation)
    return features * tf.cast(factor, features.dtype) + tf.cast(target[0] - factor * mean, features.dtype)


def decoder_shapes() -> dict[str, tuple[int, int]]:
    """Inputs and outputs of each convolution by its name, in the order in which they run."""
    shapes, inputs = {}, BLOCKS[LAYERS[-1]][0]
    for layer, block in BLOCKS.items():
        for index, outputs in enumerate(block):
            shapes[f"{layer}.{index}"] = inputs, outputs
            inputs = outputs
    return shapes


def decode(
    content: Mapping[str, tf.Tensor],
    style: Style,
    convolutions: Mapping[str, Convolution],
    dtype: tf.DType = tf.float32,
) -> tf.Tensor:
    """A picture (N, 8h, 8w, 3) in [0, 1], float32.

    Args:
        content: features at `CONTENT_LAYERS`, not adapted yet; (N, h, w, 128) at `relu4_1`.
        style: what to adapt to.
        convolutions: of the decoder, named as in `decoder_shapes`.
        dtype: of the convolutions.

    Source: Huang and Belongie, ICCV 2017, sec. 5: the encoder mirrored, upsampling before convolutions, reflected
    borders. We leave it in three things. What is decoded is adapted to the style at each size, not the smallest alone,
    as in Sheng et al., "Avatar-Net", CVPR 2018, sec. 4. Adapted features of the content are added at two more sizes: a
    decoder this small draws edges better than it remembers them. And upsampling is linear, not nearest: a grid of
    blocks is the cheapest texture there is, and was drawn.
    """
    x = adapted(tf.cast(content[LAYERS[-1]], dtype), style[LAYERS[-1]])
    for layer, block in BLOCKS.items():
        if layer != LAYERS[-1]:
            x = _doubled(x)
            if layer in CONTENT_LAYERS:
                x += adapted(tf.cast(content[layer], dtype), style[layer])
            x = adapted(x, style[layer])
        for index in range(len(block)):
            kernel, bias = convolutions[f"{layer}.{index}"]
            x = tf.nn.conv2d(reflect_pad(x), tf.cast(kernel, dtype), 1, "VALID")
            x = tf.nn.bias_add(x, tf.cast(bias, dtype))
            x = tf.nn.relu(x) if index + 1 < len(block) else x
    return tf.sigmoid(tf.cast(x, tf.float32))


def _doubled(x: tf.Tensor) -> tf.Tensor:
    """`x` (N, H, W, C) at twice the height and width, linear between its places."""
    # The mean of three neighbours among repeated ones: a third and two thirds of the way from one to the next.
    return tf.nn.avg_pool2d(reflect_pad(tf.repeat(tf.repeat(x, 2, axis=1), 2, axis=2)), 3, 1, "VALID")
