"""The decoder that ships: a picture of features that have been moved to a style's statistics."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import tensorflow as tf

from steadystyle.core import safe_math
from steadystyle.core.reflect import reflect_pad
from steadystyle.core.weights import read_shapes
from steadystyle.feedforward.doubled import doubled
from steadystyle.feedforward.layout import BLOCKS, LAYERS, SLOPE, weight_shapes
from steadystyle.feedforward.transport import Style, transported

OWN_WEIGHTS = Path(__file__).with_name("decoder.npz")
OWN_SHA256 = Path(__file__).with_name("decoder.sha256")

Weights = Mapping[str, tf.Tensor]
Convolution = tuple[tf.Tensor, tf.Tensor]
"""A kernel (3, 3, in, out) and a bias (out,)."""


def read_decoder(path: Path | None = None) -> dict[str, tf.Tensor]:
    """The weights of the decoder, as `decode` takes them; those of the package if `path` is None.

    Raises:
        WeightsError: the file is missing, damaged, of another network, or a number in it is not finite.
    """
    arrays = read_shapes("decoder", weight_shapes(), path, OWN_WEIGHTS, OWN_SHA256)
    return {name: tf.constant(array) for name, array in arrays.items()}


def modulated(weights: Weights, style: Style) -> dict[str, Convolution]:
    """What `style` makes of the convolutions: kernel and bias by name, float32.

    It scales the inputs of each and shifts its outputs. The kernel's power for each output is kept: else some styles
    would saturate the picture. Nothing is normalised by what is in the picture: a network that is learns to draw
    bright spots which make room for the rest.

    Source: Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", CVPR 2020, sec. 2.2, for all of
    this; we leave it in a power of the kernel's own instead of 1.
    """
    said = _describe(style)[tf.newaxis]
    for index in range(3):
        said = tf.matmul(said, weights[f"style.{index}.kernel"]) + weights[f"style.{index}.bias"]
        said = tf.nn.relu(said) if index < 2 else said
    found, at = {}, 0
    for layer, block in BLOCKS.items():
        for index in range(len(block)):
            kernel, bias = weights[f"{layer}.{index}.kernel"], weights[f"{layer}.{index}.bias"]
            inputs, outputs = kernel.shape[2:]
            scale, shift = 1.0 + said[0, at : at + inputs], said[0, at + inputs : at + inputs + outputs]
            at += inputs + outputs
            scaled = kernel * scale[:, tf.newaxis]
            power, of_scaled = (tf.reduce_sum(tf.square(k), [0, 1, 2]) + 1e-6 for k in (kernel, scaled))
            found[f"{layer}.{index}"] = scaled * safe_math.sqrt(safe_math.divide(power, of_scaled)), bias + shift
    return found


def decode(
    content: Mapping[str, tf.Tensor],
    own: Style,
    style: Style,
    convolutions: Mapping[str, Convolution],
    dtype: tf.DType = tf.float32,
) -> tf.Tensor:
    """A picture (1, 16h, 16w, 3) in [0, 1], float32.

    Args:
        content: features at `LAYERS`, not transported yet; (1, h, w, 128) at `relu5_1`.
        own: their statistics.
        style: what to transport them to.
        convolutions: what that style makes of the decoder's, as `modulated` gives them.
        dtype: of the convolutions.

    Source: Huang and Belongie, ICCV 2017, sec. 5: the encoder mirrored, upsampling before convolutions, reflected
    borders. We leave it in three things. The decoder sees features of all sizes, each moved to the style's statistics:
    one this small draws edges better than it remembers them. It is told the style (see `modulated`). And upsampling is
    linear, not nearest: a grid of blocks is the cheapest texture there is, and was drawn.
    """
    x = None
    for layer, block in BLOCKS.items():
        moved = transported(tf.cast(content[layer], dtype), own[layer], style[layer])
        x = moved if x is None else tf.concat([doubled(x), moved], -1)
        for index in range(len(block)):
            kernel, bias = convolutions[f"{layer}.{index}"]
            x = tf.nn.conv2d(reflect_pad(x), tf.cast(kernel, dtype), 1, "VALID")
            x = tf.nn.bias_add(x, tf.cast(bias, dtype))
            if layer != LAYERS[0] or index + 1 < len(block):
                x = tf.nn.leaky_relu(x, SLOPE)
    return tf.sigmoid(tf.cast(x, tf.float32))


def _describe(style: Style) -> tf.Tensor:
    """Means and logarithms of deviations of all layers, one after the other."""
    parts = []
    for layer in LAYERS:
        mean, covariance = style[layer]
        parts += [mean, 0.5 * tf.math.log(tf.maximum(tf.linalg.diag_part(covariance), 0.0) + 1e-3)]
    return tf.concat(parts, 0)
