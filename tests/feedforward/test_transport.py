"""Features on the way to a style's statistics, and styles on the way to each other."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from steadystyle.feedforward.layout import CHANNELS, LAYERS, LEAST, SHRINKAGE
from steadystyle.feedforward.transport import Statistics, blended, statistics
from steadystyle.feedforward.transport import transported as transported_from


def random_features(seed: int, channels: int = 3, scale: float = 1.0, offset: float = 0.0) -> tf.Tensor:
    """(1, 12, 10, channels), of which no two are alike."""
    generator = np.random.default_rng(seed)
    mixed = generator.normal(size=(1, 12, 10, channels)) @ generator.normal(size=(channels, channels))
    return tf.constant(mixed * scale + offset, tf.float32)


def transported(features: tf.Tensor, target: Statistics) -> tf.Tensor:
    """From their own statistics."""
    return transported_from(features, statistics(features), target)


def random_style(seed: int) -> dict[str, Statistics]:
    """Means and covariances of the sizes that the decoder takes."""
    return {layer: statistics(random_features(seed, CHANNELS[layer])) for layer in LAYERS}


def shrunk(covariance: np.ndarray) -> np.ndarray:
    """As `transported` sees it."""
    found: np.ndarray = covariance + (SHRINKAGE * np.trace(covariance) / len(covariance) + LEAST) * np.eye(
        len(covariance)
    )
    return found


@given(scale=st.floats(0.1, 1e4), offset=st.floats(-1e3, 1e3), seed=st.integers(0, 99))
def test_transported_features_have_the_statistics_of_the_style(scale: float, offset: float, seed: int) -> None:
    """Whatever the features' own: with both covariances shrunk, the one is taken to the other."""
    features, target = random_features(seed, 3, scale, offset), statistics(random_features(seed + 100))
    mean, covariance = statistics(transported(features, target))
    rounding = 1e-5 * (1 + abs(offset) / scale)
    np.testing.assert_allclose(mean, target[0], atol=10 * rounding)
    own = np.asarray(statistics(features)[1], np.float64)
    # What was added to the content's variances is not there to be moved: it is missing in what comes out.
    wanted = shrunk(np.asarray(target[1], np.float64))
    missing = np.linalg.norm(shrunk(own) - own) / np.linalg.eigvalsh(shrunk(own))[0] * np.linalg.norm(wanted)
    assert np.linalg.norm(covariance - wanted) <= missing + 1000 * rounding


def test_features_with_the_statistics_of_the_style_stay() -> None:
    """The map that moves least moves nothing where nothing is to be moved."""
    features = random_features(1)
    np.testing.assert_allclose(transported(features, statistics(features)), features, atol=1e-4)


@pytest.mark.parametrize("features", ["zeros", "constant", "one place", "one differs", "huge"])
def test_what_is_transported_is_finite_at_the_edges(features: str) -> None:
    """Features without any variance, with next to none, and huge ones."""
    values = {
        "zeros": np.zeros((1, 4, 4, 2)),
        "constant": np.full((1, 4, 4, 2), 0.3),
        "one place": np.full((1, 1, 1, 2), 0.3),
        "one differs": np.eye(16)[:1].reshape(1, 4, 4, 1) * [1e-6, 0],
        "huge": np.random.default_rng(0).normal(size=(1, 4, 4, 2)) * 1e15,
    }[features]
    x = tf.constant(values, tf.float32)
    for target in (statistics(x), statistics(random_features(2, 2))):
        assert np.isfinite(transported(x, target)).all()


def test_constant_features_take_the_mean_and_stay_constant() -> None:
    """There is nothing to magnify."""
    made = transported(tf.fill([1, 3, 3, 2], 7.0), statistics(random_features(3, 2)))
    np.testing.assert_allclose(made, np.broadcast_to(made[:, :1, :1], made.shape), atol=1e-4)


def test_what_is_not_finite_shows() -> None:
    """A NaN in a feature or in a style comes out as NaN, not as a crash or a number."""
    features, target = random_features(4).numpy(), statistics(random_features(5))
    features[0, 1, 2, 0] = np.nan
    assert np.isnan(transported(tf.constant(features), target)).all()
    broken = target[0], target[1] * float("nan")
    assert np.isnan(transported(random_features(4), broken)).all()


def test_styles_blend_by_their_shares() -> None:
    """A quarter of one and three quarters of another; the whole of one is that one."""
    one, other = random_style(0), random_style(1)
    mixed, alone = blended([(one, 0.25), (other, 0.75)]), blended([(one, 1.0), (other, 0.0)])
    for layer in LAYERS:
        for part in (0, 1):
            wanted = 0.25 * one[layer][part] + 0.75 * other[layer][part]
            np.testing.assert_allclose(mixed[layer][part], wanted, rtol=1e-5, atol=1e-6)
            np.testing.assert_array_equal(alone[layer][part], one[layer][part])
