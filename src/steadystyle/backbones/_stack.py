"""The VGG family's shape: 3x3 convolutions with ReLU, in blocks that a 2x2 pool separates.

One function runs all of them (the compact network, VGG-16, VGG-19, and the teacher in `training/`), so padding, pooling
and precision are decided in one place. Layers are named as the literature names them: `relu4_2` is the output of the
ReLU after the second convolution of the fourth block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import tensorflow as tf

from steadystyle.core.injection import inject
from steadystyle.core.reflect import reflect_pad

Convolution = tuple[tf.Tensor, tf.Tensor]
"""A kernel (height, width, in, out) and a bias (out,)."""


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
