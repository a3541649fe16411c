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


def test_root_or_zero_has_no_gradient_where_it_is_lost() -> None:
    """Up to the floor it is 0 and flat; above it is the root; NaN shows."""
    x = tf.constant([-1.0, 0.0, 0.25, 4.0, np.nan])
    with tf.GradientTape() as tape:
        tape.watch(x)
        root = safe_math.sqrt_or_zero(x, floor=tf.constant(0.25))
    np.testing.assert_array_equal(root, [0, 0, 0, 2, np.nan])
    np.testing.assert_array_equal(tape.gradient(root, x), [0, 0, 0, 0.25, np.nan])


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
