"""Safe mathematics: finite value and finite gradient at the edges."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.core import safe_math

EDGES = [0.0, 1e-30, 1e-12, 1.0, 1e30]


def value_and_gradient(function: Callable[[tf.Tensor], tf.Tensor], x: tf.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Of the sum of `function` at `x`."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = function(x)
    return value.numpy(), tape.gradient(value, x).numpy()


@pytest.mark.parametrize("x", EDGES)
def test_square_root_is_finite_with_its_gradient(x: float) -> None:
    """The root of 0 has the gradient 0 instead of inf, and elsewhere the root is TensorFlow's."""
    value, gradient = value_and_gradient(safe_math.sqrt, tf.constant(x))
    assert np.isfinite(value)
    assert np.isfinite(gradient)
    if x > safe_math.TINY:
        assert value == pytest.approx(np.sqrt(np.float32(x)), rel=1e-6)
        assert gradient == pytest.approx(0.5 / np.sqrt(np.float32(x)), rel=1e-6)


@pytest.mark.parametrize("denominator", EDGES)
def test_division_is_finite_with_its_gradient(denominator: float) -> None:
    """Dividing by 0 gives a finite number with a finite gradient, and elsewhere the quotient is the ordinary one."""
    value, gradient = value_and_gradient(lambda x: safe_math.divide(3.0, x), tf.constant(denominator))
    assert np.isfinite(value)
    assert np.isfinite(gradient)
    if denominator > safe_math.TINY:
        assert value == pytest.approx(3.0 / np.float32(denominator), rel=1e-6)


@pytest.mark.parametrize("scale", [1e-20, 1.0, 1e30])
def test_norm_neither_overflows_nor_vanishes(scale: float) -> None:
    """The norm of (3, 4) is 5 at every scale that float32 can hold."""
    vector = tf.constant([3.0, 4.0]) * scale
    assert safe_math.norm(vector).numpy() == pytest.approx(5 * scale, rel=1e-5)


def test_norm_of_zero_is_zero_with_a_finite_gradient() -> None:
    """A vector of zeros has no direction, and the gradient there is not NaN."""
    value, gradient = value_and_gradient(safe_math.norm, tf.zeros([4]))
    assert value == pytest.approx(0, abs=1e-15)
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 5, 9])
def test_norm_shows_every_bad_entry(bad: float, place: int) -> None:
    """One entry that is not finite makes the norm not finite, wherever it stands."""
    array = np.ones(10, np.float32)
    array[place] = bad
    assert not np.isfinite(safe_math.norm(tf.constant(array)).numpy())


@pytest.mark.parametrize("level", [0.0, 1e-30, 0.3, 1e30])
def test_deviation_of_constants_is_zero_with_a_finite_gradient(level: float) -> None:
    """Constants of every size have no deviation beside their mean, and the gradient there is not NaN."""
    value, gradient = value_and_gradient(lambda x: safe_math.mean_and_std(x)[1], tf.fill([10], tf.constant(level)))
    assert value == pytest.approx(0, abs=1e-6 * level + 1e-15)
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("scale", [1e-10, 1.0, 1e30])
def test_deviation_neither_overflows_nor_vanishes(scale: float) -> None:
    """Mean and deviation of each column, and the gradient, are NumPy's at every scale that float32 can hold."""
    columns = np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32)
    mean, std = safe_math.mean_and_std(tf.constant(columns) * scale)
    np.testing.assert_allclose(mean / scale, columns.mean(0), rtol=1e-4)
    np.testing.assert_allclose(std / scale, columns.std(0), rtol=1e-5)
    _, gradient = value_and_gradient(lambda x: safe_math.mean_and_std(x)[1], tf.constant(columns) * scale)
    np.testing.assert_allclose(gradient, (columns - columns.mean(0)) / (50 * columns.std(0)), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("kind", [tf.bfloat16, tf.float16, tf.float32, tf.float64])
def test_nothing_is_narrowed(kind: tf.DType) -> None:
    """Half precision becomes single, and what is wider stays as it is."""
    assert safe_math.widened(tf.ones([2], kind)).dtype == (tf.float64 if kind == tf.float64 else tf.float32)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_sorting_shows_every_bad_entry(bad: float) -> None:
    """Values come in rising order; where one is not finite there is no order, and all become NaN."""
    rows = np.random.default_rng(2).normal(size=(3, 40)).astype(np.float32)
    np.testing.assert_array_equal(safe_math.sort(tf.constant(rows)), np.sort(rows))
    rows[1, 20] = bad
    assert np.isnan(safe_math.sort(tf.constant(rows))).all()
