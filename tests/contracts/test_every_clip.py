"""What holds for each way to clip gradients that `discover` finds."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from steadystyle.core import discover
from steadystyle.core.contracts import Clip

NAMES = discover.names("steadystyle.optimizers.clips")
KEEP_DIRECTION = ["global-norm", "norm"]
"""Of a single gradient."""
SHAPES = [(1, 4, 5, 3), (3, 3, 2, 4), (7, 2), (6,), ()]
NAN, INFINITY = float("nan"), float("inf")
LARGEST = float(np.finfo(np.float32).max)
EXTREMES = [0.0, -0.0, 1e-45, -1e-38, 1e-30, 1.0, -3.5, 1e30, -1e38, LARGEST, -LARGEST, NAN, INFINITY, -INFINITY]

floats = st.sampled_from(EXTREMES) | st.floats(width=32)
some = st.sampled_from(SHAPES).flatmap(lambda shape: arrays.arrays(np.float32, shape, elements=floats))
thresholds = st.floats(1e-12, 1e300)


def make(name: str) -> Clip:
    """The clip of that name."""
    return discover.feature("steadystyle.optimizers.clips", name, Clip)()  # type: ignore[type-abstract]


def clipped(name: str, gradients: list[np.ndarray], threshold: float, value: float = 0.5) -> list[np.ndarray]:
    """The gradients of tensors that hold `value` everywhere."""
    values = [tf.fill(gradient.shape, value) for gradient in gradients]
    return [one.numpy() for one in make(name)([tf.constant(one) for one in gradients], values, threshold)]


def root_mean_square(tensors: list[np.ndarray]) -> float:
    """Over all entries, in float64, in which no square of a float32 overflows."""
    return float(np.sqrt(np.mean(np.square(np.concatenate([one.ravel() for one in tensors]).astype(np.float64)))))


def random(shape: tuple[int, ...], scale: float = 1.0, seed: int = 0) -> np.ndarray:
    """Normal numbers; of a scale near the end of float32, some go to the end."""
    numbers = scale * np.random.default_rng(seed).normal(size=shape)
    return np.clip(numbers, -LARGEST, LARGEST).astype(np.float32)


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=30)
@given(st.lists(some, min_size=1, max_size=3), thresholds)
def test_whatever_comes_it_is_finite_and_within_the_threshold(
    name: str, gradients: list[np.ndarray], threshold: float
) -> None:
    """Also NaN, infinities, denormals and the largest numbers there are; shapes stay, and no sign turns."""
    found = clipped(name, gradients, threshold)
    assert [one.shape for one in found] == [one.shape for one in gradients]
    assert root_mean_square(found) <= threshold * (1 + 1e-5)
    for one, given_one in zip(found, gradients, strict=True):
        assert np.isfinite(one).all()
        assert not (np.sign(one) * np.sign(np.nan_to_num(given_one)) < 0).any()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [SHAPES[0], SHAPES[3], SHAPES[4]], ids=str)
@pytest.mark.parametrize("scale", [0.0, 1e-42, 1e-38, 1e-20, 1.0, 1e33])
def test_a_small_gradient_stays_to_the_bit(name: str, shape: tuple[int, ...], scale: float) -> None:
    """Below the threshold nothing is touched, not even rounded."""
    gradient = random(shape, scale)
    found = clipped(name, [gradient], 1e4 * scale + 1e-30)
    np.testing.assert_array_equal(found[0].view(np.int32), gradient.view(np.int32))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e30, 1e38, LARGEST])
@pytest.mark.parametrize("threshold", [1e-6, 1e-3])
def test_a_large_gradient_comes_out_at_the_threshold(name: str, scale: float, threshold: float) -> None:
    """Neither does its norm overflow, nor does what is left of it vanish."""
    found = clipped(name, [np.full((1, 64, 64, 3), scale, np.float32)], threshold, value=1.0)
    np.testing.assert_allclose(found[0], min(threshold, scale), rtol=1e-5)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bad", [NAN, INFINITY, -INFINITY])
def test_one_bad_entry_spoils_no_other(name: str, bad: float) -> None:
    """The others keep their signs and stay above 0; NaN becomes 0, an infinity the largest of the others."""
    gradient = random((1, 6, 6, 3))
    gradient[0, 2, 3, 1] = bad
    (found,) = clipped(name, [gradient], 0.5)
    good = np.isfinite(gradient)
    assert (np.abs(found[good]) > 1e-3 * np.abs(gradient[good])).all()
    assert (np.sign(found[good]) == np.sign(gradient[good])).all()
    if np.isnan(bad):
        assert found[~good] == 0
    else:
        assert np.sign(found[~good]) == np.sign(bad)
        assert np.abs(found[~good]) >= np.abs(found[0, ..., 1]).max()


@pytest.mark.parametrize("name", NAMES)
def test_infinities_alone_are_as_large_as_can_be(name: str) -> None:
    """Where nothing else says how large they are, they come out at the threshold."""
    gradient = np.array([[INFINITY, 0.0], [-INFINITY, INFINITY], [NAN, 0.0]], np.float32)
    (found,) = clipped(name, [gradient], 1.0, value=1.0)
    np.testing.assert_array_equal(np.sign(found), [[1, 0], [-1, 1], [0, 0]])
    assert 0.5 < root_mean_square([found]) < 1.01


@pytest.mark.parametrize("name", NAMES)
def test_the_harmless_threshold_is_the_smallest(name: str) -> None:
    """A little above it nothing changes, a little below something does."""
    gradients, value = [random((1, 4, 5, 3)), random((6,), seed=1)], 0.3
    values = [tf.fill(one.shape, value) for one in gradients]
    threshold = make(name).harmless_threshold([tf.constant(one) for one in gradients], values)
    same = clipped(name, gradients, 1.0001 * threshold, value)
    less = clipped(name, gradients, 0.999 * threshold, value)
    assert all(np.array_equal(one, other) for one, other in zip(same, gradients, strict=True))
    assert not all(np.array_equal(one, other) for one, other in zip(less, gradients, strict=True))


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=15)
@given(st.lists(some, min_size=1, max_size=3))
def test_the_harmless_threshold_is_finite(name: str, gradients: list[np.ndarray]) -> None:
    """Whatever comes, and for values of 0 too."""
    tensors = [tf.constant(one) for one in gradients]
    threshold = make(name).harmless_threshold(tensors, [tf.zeros_like(one) for one in tensors])
    assert 0 <= threshold < INFINITY


@pytest.mark.parametrize("name", KEEP_DIRECTION)
@pytest.mark.parametrize("scale", [1.0, 1e38])
def test_a_norm_keeps_the_direction(name: str, scale: float) -> None:
    """All entries shrink by the same factor."""
    gradient = random((1, 8, 8, 3), scale).astype(np.float64)
    found = clipped(name, [gradient.astype(np.float32)], 0.01)[0].astype(np.float64)
    assert (found * gradient).sum() / np.linalg.norm(found) / np.linalg.norm(gradient) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [tf.float64, tf.float16, tf.bfloat16])
def test_other_types_come_back_as_they_were(name: str, dtype: tf.DType) -> None:
    """Half precision is clipped in float32, and the result has the gradient's own type."""
    gradient = tf.cast(random((5, 4)), dtype)
    (found,) = make(name)([gradient], [tf.ones((5, 4), dtype)], 0.01)
    assert found.dtype == dtype
    assert root_mean_square([tf.cast(found, tf.float32).numpy()]) <= 0.01 * 1.01
