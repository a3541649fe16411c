"""Statistics as style: adapting, blending, decoding."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from steadystyle.feedforward.adain import (
    LAYERS,
    SMALLEST_VARIANCE,
    Statistics,
    adapted,
    blended,
    decode,
    decoder_shapes,
    statistics,
)

from steadystyle.backbones.compact import Compact


def random_style(seed: int, batch: int = 1) -> dict[str, Statistics]:
    """Means and deviations of the sizes that the decoder takes."""
    generator = np.random.default_rng(seed)

    def draw(channels: int) -> Statistics:
        mean, deviation = generator.normal(size=(2, batch, 1, 1, channels)).astype(np.float32)
        return tf.constant(mean), tf.constant(np.abs(deviation))

    return {"relu1_1": draw(16), "relu2_1": draw(32), "relu3_1": draw(64), "relu4_1": draw(128)}


def random_content(batch: int, height: int, width: int) -> dict[str, tf.Tensor]:
    """Features of a content picture of which the smallest have that size."""
    generator = np.random.default_rng(0)
    sizes = {"relu2_1": (4, 32), "relu3_1": (2, 64), "relu4_1": (1, 128)}
    return {
        layer: tf.constant(generator.normal(size=(batch, scale * height, scale * width, channels)).astype(np.float32))
        for layer, (scale, channels) in sizes.items()
    }


def random_decoder(seed: int = 0) -> dict[str, tuple[tf.Tensor, tf.Tensor]]:
    """Random, well-scaled convolutions."""
    generator = np.random.default_rng(seed)
    return {
        name: (
            tf.constant((generator.normal(size=(3, 3, *shape)) * (2 / 9 / shape[0]) ** 0.5).astype(np.float32)),
            tf.constant(generator.normal(scale=0.1, size=shape[1]).astype(np.float32)),
        )
        for name, shape in decoder_shapes().items()
    }


@given(
    height=st.integers(1, 6), width=st.integers(2, 6), scale=st.floats(0.1, 1e4), offset=st.floats(-1e3, 1e3),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_adapted_features_have_the_statistics_of_the_style(
    height: int, width: int, scale: float, offset: float, seed: int
) -> None:
    """Whatever the features' own mean and deviation, for each picture of a batch by itself."""
    generator = np.random.default_rng(seed)
    features = (generator.random((2, height, width, 3)) * scale + offset).astype(np.float32)
    target = (generator.normal(size=(2, 1, 1, 3)).astype(np.float32), np.full((2, 1, 1, 3), 2.0, np.float32))
    own = statistics(tf.constant(features))[1].numpy()
    found = adapted(tf.constant(features), (tf.constant(target[0]), tf.constant(target[1]))).numpy()
    rounding = 4e-6 * (abs(offset) + scale) / own  # of the features themselves, magnified like them
    np.testing.assert_array_less(np.abs(found.mean((1, 2), keepdims=True) - target[0]), 1e-5 + rounding)
    above_floor = own > 1.01 * SMALLEST_VARIANCE**0.5
    off = np.abs(found.std((1, 2), keepdims=True) - target[1])
    np.testing.assert_array_less(off[above_floor], (1e-4 + rounding)[above_floor])


@pytest.mark.parametrize("features", ["zeros", "constant", "one place", "one differs", "huge"])
def test_value_and_gradient_are_finite_at_the_edges(features: str) -> None:
    """Of features without any deviation, with next to none, and of huge ones."""
    values = {
        "zeros": np.zeros((1, 4, 4, 2)),
        "constant": np.full((1, 4, 4, 2), 0.3),
        "one place": np.full((1, 1, 1, 2), 0.3),
        "one differs": np.eye(16)[:1].reshape(1, 4, 4, 1) * 1e-6,
        "huge": np.random.default_rng(0).normal(size=(1, 4, 4, 2)) * 1e15,
    }[features]
    x = tf.constant(values, tf.float32)
    target = (tf.constant(1.0), tf.constant(2.0))
    with tf.GradientTape() as tape:
        tape.watch(x)
        made = adapted(x, target)
        loss = tf.reduce_sum(tf.square(made)) + tf.add_n([tf.reduce_sum(part) for part in statistics(x)])
    assert np.isfinite(made).all()
    assert np.isfinite(tape.gradient(loss, x)).all()


def test_constant_features_take_the_mean_and_stay_constant() -> None:
    """There is nothing to magnify."""
    made = adapted(tf.fill([1, 3, 3, 2], 7.0), (tf.constant(1.0), tf.constant(2.0)))
    np.testing.assert_allclose(made, np.ones((1, 3, 3, 2)), atol=1e-4)


def test_styles_blend_by_their_shares() -> None:
    """A quarter of one and three quarters of another; the whole of one is that one."""
    one, other = random_style(0), random_style(1)
    mixed, alone = blended([(one, 0.25), (other, 0.75)]), blended([(one, 1.0), (other, 0.0)])
    for layer in LAYERS:
        for part in (0, 1):
            np.testing.assert_allclose(mixed[layer][part], 0.25 * one[layer][part] + 0.75 * other[layer][part])
            np.testing.assert_array_equal(alone[layer][part], one[layer][part])


def test_the_decoder_ends_where_the_encoder_begins() -> None:
    """Each convolution takes what the one before gives, at each layer the encoder's channels; colours at last."""
    shapes = list(decoder_shapes().values())
    assert all(before[1] == after[0] for before, after in itertools.pairwise(shapes))
    assert shapes[-1][1] == 3
    encoder = Compact(pooling="max", precision="float32")
    features = encoder.features(tf.zeros([1, 16, 16, 3]), LAYERS)
    inputs = {layer: decoder_shapes()[f"{layer}.0"][0] for layer in LAYERS}
    assert inputs == {layer: features[layer].shape[-1] for layer in LAYERS}


@settings(max_examples=8)
@given(height=st.integers(1, 5), width=st.integers(1, 5), batch=st.integers(1, 2))
def test_a_picture_comes_out_eight_times_as_large(height: int, width: int, batch: int) -> None:
    """In [0, 1], float32, in either precision of the convolutions."""
    features = random_content(batch, height, width)
    for dtype in (tf.float32, tf.bfloat16):
        made = decode(features, random_style(2, batch), random_decoder(), dtype).numpy()
        assert made.shape == (batch, 8 * height, 8 * width, 3)
        assert made.dtype == np.float32
        assert made.min() >= 0
        assert made.max() <= 1


def test_each_level_of_the_style_is_heeded() -> None:
    """Another mean at any one layer gives another picture."""
    features = random_content(1, 3, 3)
    style, convolutions = random_style(3), random_decoder()
    plain = decode(features, style, convolutions)
    for layer in LAYERS:
        mean, deviation = style[layer]
        changed = decode(features, {**style, layer: (mean + 1.0, deviation)}, convolutions)
        assert float(tf.reduce_max(tf.abs(changed - plain))) > 1e-3
