"""The VGG family's shape: 3x3 convolutions with ReLU, in blocks that a 2x2 pool separates.

One function runs all of them (the compact network, VGG-16, VGG-19, and the teacher in `training/`), so padding, pooling
and precision are decided in one place. Layers are named as the literature names them: `relu4_2` is the output of the
ReLU after the second convolution of the fourth block.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import tensorflow as tf

from steadystyle.core.injection import inject

Convolution = tuple[tf.Tensor, tf.Tensor]
"""A kernel (height, width, in, out) and a bias (out,)."""


@tf.custom_gradient
def reflect_pad(images: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """Add a reflected border of one pixel, (N, H, W, C) to (N, H+2, W+2, C); a side of length 1 is repeated instead."""

    def gradient(of_padded: tf.Tensor) -> tf.Tensor:
        return tf.ensure_shape(_folded(of_padded), images.shape)

    padded = _padded(images)
    return tf.ensure_shape(padded, [images.shape[0], None, None, images.shape[-1]]), gradient


# Of the two that follow, a graph is made once and then called by each layer: making it anew took a third of a second.
@tf.function(reduce_retracing=True, autograph=False)
def _padded(images: tf.Tensor) -> tf.Tensor:
    """Two concatenations: on CPUs faster than `tf.pad(mode="REFLECT")`, with a meaning for a side of one pixel too."""
    (down, up), (right, left) = _reflected(tf.shape(images)[1]), _reflected(tf.shape(images)[2])
    rows = tf.concat([images[:, down : down + 1], images, images[:, up : up + 1]], axis=1)
    return tf.concat([rows[:, :, right : right + 1], rows, rows[:, :, left : left + 1]], axis=2)


@tf.function(reduce_retracing=True, autograph=False)
def _folded(padded: tf.Tensor) -> tf.Tensor:
    """The inside of `padded` with its border added to where that came from: the gradient of `_padded`.

    TensorFlow's own passes over the whole eight times instead of once, which took a third of a step.
    """
    height, width = tf.shape(padded)[1] - 2, tf.shape(padded)[2] - 2
    border_rows = _with_border_columns(tf.concat([padded[:, :1], padded[:, -1:]], axis=1), width)
    places = tf.meshgrid(tf.range(tf.shape(padded)[0]), tf.stack(_reflected(height)), indexing="ij")
    return tf.tensor_scatter_nd_add(_with_border_columns(padded[:, 1:-1], width), tf.stack(places, -1), border_rows)


def _with_border_columns(padded: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
    """The inside of `padded` (N, H, W+2, C) with its first and last column added to where those came from."""
    columns = tf.concat([padded[:, :, :1], padded[:, :, -1:]], axis=2)
    count, height = tf.shape(padded)[0], tf.shape(padded)[1]
    places = tf.meshgrid(tf.range(count), tf.range(height), tf.stack(_reflected(width)), indexing="ij")
    return tf.tensor_scatter_nd_add(padded[:, :, 1:-1], tf.stack(places, -1), columns)


def _reflected(length: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Where the border at either end of a side comes from."""
    second = tf.minimum(1, length - 1)
    return second, length - 1 - second


def pool(features: tf.Tensor, pooling: str) -> tf.Tensor:
    """Halve height and width by "max" or "average"; an odd last row or column is dropped, as in VGG."""
    if pooling == "max":
        return tf.nn.max_pool2d(features, 2, 2, "VALID")
    return tf.nn.avg_pool2d(features, 2, 2, "VALID")


def run_stack(
    images: tf.Tensor,
    convolutions: Mapping[str, Convolution],
    blocks: Sequence[int],
    wanted: Sequence[str],
    *,
    pooling: str,
    dtype: tf.DType,
) -> dict[str, tf.Tensor]:
    """Run preprocessed `images` (N, H, W, 3) through the stack, no deeper than the deepest wanted layer.

    Args:
        images: what the network's first convolution expects.
        convolutions: `"4_2"` to the kernel and bias of that convolution.
        blocks: convolutions in each block; VGG-19 is (2, 2, 4, 4, 4).
        wanted: layer names, `relu4_2` (after the ReLU), `pool1` (after the pool), none of them the last pool's.
        pooling: between blocks.
        dtype: of the convolutions; the features keep it.
    """
    remaining = set(wanted)
    features: dict[str, tf.Tensor] = {}
    x = tf.cast(images, dtype)
    for block, count in enumerate(blocks, start=1):
        if block > 1:
            x = inject(f"pool{block - 1}", None, pool(x, pooling))
            if f"pool{block - 1}" in remaining:
                features[f"pool{block - 1}"] = x
                remaining.discard(f"pool{block - 1}")
        for index in range(1, count + 1):
            kernel, bias = convolutions[f"{block}_{index}"]
            x = tf.nn.conv2d(reflect_pad(x), tf.cast(kernel, dtype), 1, "VALID")
            x = tf.nn.relu(tf.nn.bias_add(x, tf.cast(bias, dtype)))
            x = inject(f"relu{block}_{index}", None, x)
            name = f"relu{block}_{index}"
            if name in remaining:
                features[name] = x
                remaining.discard(name)
            if not remaining:
                return features
    raise KeyError(f"no such layer: {', '.join(sorted(remaining))}")
