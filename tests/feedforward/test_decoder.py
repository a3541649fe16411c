"""The decoder: shapes, ranges, and what it heeds."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from steadystyle.backbones.compact import Compact
from steadystyle.feedforward.decoder import decode, modulated
from steadystyle.feedforward.layout import BLOCKS, CHANNELS, LAYERS, weight_shapes
from steadystyle.feedforward.transport import Style, statistics
from tests.feedforward.test_transport import random_style


def random_content(height: int, width: int) -> dict[str, tf.Tensor]:
    """Features of a content picture of which the smallest have that size."""
    generator = np.random.default_rng(0)
    found = {}
    for number, layer in enumerate(LAYERS):
        scale = 2 ** (len(LAYERS) - 1 - number)
        shape = (1, scale * height, scale * width, CHANNELS[layer])
        found[layer] = tf.constant(generator.normal(size=shape).astype(np.float32))
    return found


def random_weights(seed: int = 0) -> dict[str, tf.Tensor]:
    """Random, well scaled."""
    generator = np.random.default_rng(seed)
    return {
        name: tf.constant(generator.normal(size=shape, scale=(1 / np.prod(shape[:-1] or (100,))) ** 0.5), tf.float32)
        for name, shape in weight_shapes().items()
    }


def made_of(
    features: dict[str, tf.Tensor], style: Style, weights: dict[str, tf.Tensor], dtype: tf.DType = tf.float32
) -> tf.Tensor:
    """The picture that the decoder makes."""
    own = {layer: statistics(found) for layer, found in features.items()}
    return decode(features, own, style, modulated(weights, style), dtype)


def test_the_decoder_ends_where_the_encoder_begins() -> None:
    """It takes the encoder's channels at each layer, beside what the smaller size made; colours at last."""
    features = Compact(pooling="max", precision="float32").features(tf.zeros([1, 16, 16, 3]), LAYERS)
    assert {layer: features[layer].shape[-1] for layer in LAYERS} == CHANNELS
    assert tuple(BLOCKS) == LAYERS[::-1]
    before = 0
    for layer, block in BLOCKS.items():
        assert weight_shapes()[f"{layer}.0.kernel"] == (3, 3, before + CHANNELS[layer], block[0])
        before = block[-1]
    assert before == 3


def test_its_layout_loads_no_tensorflow() -> None:
    """It is trained without."""
    code = "import sys, steadystyle.feedforward.layout; assert 'tensorflow' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@settings(max_examples=6)
@given(height=st.integers(1, 3), width=st.integers(1, 3))
def test_a_picture_comes_out_sixteen_times_as_large(height: int, width: int) -> None:
    """In [0, 1], float32, in either precision of the convolutions."""
    features = random_content(height, width)
    for dtype in (tf.float32, tf.bfloat16):
        made = made_of(features, random_style(2), random_weights(), dtype).numpy()
        assert made.shape == (1, 16 * height, 16 * width, 3)
        assert made.dtype == np.float32
        assert made.min() >= 0
        assert made.max() <= 1


def test_each_level_of_the_style_is_heeded() -> None:
    """Another mean at any one layer gives another picture."""
    features, style, weights = random_content(2, 2), random_style(3), random_weights()
    plain = made_of(features, style, weights)
    for layer in LAYERS:
        mean, covariance = style[layer]
        changed = made_of(features, {**style, layer: (mean + 1.0, covariance)}, weights)
        assert float(tf.reduce_max(tf.abs(changed - plain))) > 1e-3


def test_a_style_scales_kernels_and_keeps_their_power() -> None:
    """For each output; and any two styles make different ones."""
    weights = random_weights(1)
    one, other = modulated(weights, random_style(4)), modulated(weights, random_style(5))
    for name, (kernel, _) in one.items():
        power = tf.reduce_sum(tf.square(weights[f"{name}.kernel"]), [0, 1, 2])
        np.testing.assert_allclose(tf.reduce_sum(tf.square(kernel), [0, 1, 2]), power, rtol=1e-3)
        assert np.abs(kernel - other[name][0]).max() > 1e-4
