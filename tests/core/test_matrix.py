"""Functions of matrices: right where they are smooth, finite with their gradients where they are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from steadystyle.core import matrix

Function = Callable[[tf.Tensor], tf.Tensor]

FUNCTIONS: dict[str, tuple[Function, Callable[[np.ndarray], np.ndarray]]] = {
    "square root": (matrix.square_root, np.sqrt),
    "logarithm": (matrix.logarithm, np.log),
}


def with_eigenvalues(values: list[float]) -> np.ndarray:
    """A symmetric matrix with these eigenvalues, whose eigenvectors are no axes."""
    basis = np.linalg.qr(np.random.default_rng(4).normal(size=(len(values), len(values))))[0]
    return np.asarray((basis * np.array(values)) @ basis.T)


EDGES: dict[str, np.ndarray] = {
    "zero": np.zeros((3, 3)),
    "1e-30": 1e-30 * np.eye(3),
    "1e30": 1e30 * with_eigenvalues([1, 2, 3]),
    "constant": np.ones((4, 4)),
    "rank one": with_eigenvalues([5, 0, 0, 0]),
    "rank two": with_eigenvalues([5, 1e-3, 0, 0]),
    "identity": np.eye(4),
    "repeated": with_eigenvalues([2, 2, 7, 7]),
    "almost repeated": with_eigenvalues([2, 2 + 1e-9, 2 + 2e-9]),
    "far apart": with_eigenvalues([1e-9, 1, 1e9]),
    "a little negative": with_eigenvalues([1, -1e-9, -1e-7]),
}


def value_and_gradient(function: Function, x: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The value of `function` at `x`, and the gradient of its entries' weighted sum."""
    at = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(at)
        value = function(at)
        total = tf.reduce_sum(value * weights)
    return value.numpy(), tape.gradient(total, at).numpy()


def symmetric_noise(size: int, seed: int) -> np.ndarray:
    """A symmetric matrix that prefers no direction."""
    noise = np.random.default_rng(seed).normal(size=(size, size))
    return np.asarray(noise + noise.T)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("edge", EDGES)
def test_every_edge_is_finite_with_its_gradient(edge: str, name: str, kind: type) -> None:
    """Zero, rank-deficient, repeated, tiny and huge eigenvalues give finite numbers, in either precision."""
    x: np.ndarray = EDGES[edge].astype(kind)
    value, gradient = value_and_gradient(FUNCTIONS[name][0], x, symmetric_noise(len(x), 5))
    assert value.dtype == np.float64
    assert gradient.dtype == kind
    assert np.isfinite(value).all()
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("edge", ["1e30", "identity", "repeated", "almost repeated"])
def test_the_function_is_applied_to_the_eigenvalues(edge: str, name: str) -> None:
    """Where every eigenvalue is positive the result has their roots or logarithms and the same eigenvectors."""
    function, expected = FUNCTIONS[name]
    values, vectors = np.linalg.eigh(EDGES[edge])
    found = function(tf.constant(EDGES[edge])).numpy()
    wanted = (vectors * expected(values)) @ vectors.T
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-6 * np.abs(wanted).max())


def test_the_root_of_a_singular_matrix_squares_to_it() -> None:
    """A matrix of rank one has a root, of which it is the square up to the smallest eigenvalue allowed."""
    root = matrix.square_root(tf.constant(EDGES["rank one"])).numpy()
    np.testing.assert_allclose(root @ root, EDGES["rank one"], atol=1e-9)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("values", [[0.5, 1, 3, 8], [2, 2, 7, 7], [1, 1, 1, 1], [2, 2 + 1e-7, 2 + 1e-3, 5]])
def test_the_gradient_agrees_with_differences(name: str, values: list[float]) -> None:
    """Also at equal and almost equal eigenvalues the gradient is the central difference along any direction."""
    function, x = FUNCTIONS[name][0], with_eigenvalues(values)
    weights, direction = symmetric_noise(4, 6), symmetric_noise(4, 7)
    _, gradient = value_and_gradient(function, x, weights)
    ahead, behind = (function(tf.constant(x + step * direction)).numpy() for step in (1e-5, -1e-5))
    difference = ((ahead - behind) * weights).sum() / 2e-5
    assert (gradient * direction).sum() == pytest.approx(difference, rel=1e-6)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_bad_entry_is_shown(name: str, bad: float) -> None:
    """A matrix with an entry that is not finite gives NaN instead of an exception or something plausible."""
    x = np.eye(3)
    x[1, 1] = bad
    value, gradient = value_and_gradient(FUNCTIONS[name][0], x, np.ones((3, 3)))
    assert np.isnan(value).all()
    assert np.isnan(gradient).all()


@pytest.mark.parametrize("level", [0.0, 1e-30, 1.0, 1e4])
def test_constant_features_have_no_covariance(level: float) -> None:
    """The covariance of constants is 0 beside the square of their mean."""
    sums = matrix.moments(tf.fill([1, 7, 9, 2], tf.constant(level)))
    mean, covariance = matrix.mean_and_covariance(sums)
    np.testing.assert_allclose(mean, level, rtol=1e-6)
    np.testing.assert_allclose(covariance, 0, atol=1e-12 * level**2)


def test_covariance_is_that_of_the_places() -> None:
    """Mean and covariance are NumPy's, a large mean notwithstanding."""
    features = (1000 + np.random.default_rng(8).normal(size=(1, 30, 40, 3))).astype(np.float32)
    mean, covariance = matrix.mean_and_covariance(matrix.moments(tf.constant(features)))
    flat = features.reshape(-1, 3).astype(np.float64)
    np.testing.assert_allclose(mean, flat.mean(0), rtol=1e-12)
    np.testing.assert_allclose(covariance, np.cov(flat.T, bias=True), rtol=1e-5, atol=1e-6)


def deviation(features: tf.Tensor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and deviation of (N, C), and the gradient of the deviations' sum."""
    with tf.GradientTape() as tape:
        tape.watch(features)
        mean, std = matrix.mean_and_std(matrix.square_moments(features[tf.newaxis, tf.newaxis]))
    return mean.numpy(), std.numpy(), tape.gradient(std, features).numpy()


@pytest.mark.parametrize("level", [0.0, 1e-30, 0.3, 1e30])
def test_deviation_of_constants_is_zero_with_a_finite_gradient(level: float) -> None:
    """Constants of every size have no deviation beside their mean, and the gradient there is not NaN."""
    _, std, gradient = deviation(tf.fill([10, 1], tf.constant(level)))
    assert std == pytest.approx(0, abs=1e-6 * level + 1e-15)
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("scale", [1e-10, 1.0, 1e30])
def test_deviation_neither_overflows_nor_vanishes(scale: float) -> None:
    """Mean and deviation of each column, and the gradient, are NumPy's at every scale that float32 can hold."""
    columns = np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32)
    mean, std, gradient = deviation(tf.constant(columns) * scale)
    np.testing.assert_allclose(mean / scale, columns.mean(0), rtol=1e-4)
    np.testing.assert_allclose(std / scale, columns.std(0), rtol=1e-5)
    np.testing.assert_allclose(gradient, (columns - columns.mean(0)) / (50 * columns.std(0)), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("sums", [matrix.moments, matrix.square_moments, matrix.products])
def test_sums_of_parts_add_up_to_those_of_the_whole(sums: Callable[[tf.Tensor], Any]) -> None:
    """Also where the parts have other means."""
    features = np.random.default_rng(3).normal(size=(1, 12, 5, 4)).astype(np.float32)
    features[:, 7:] += 100
    whole, one, other = (sums(tf.constant(part)) for part in (features, features[:, :7], features[:, 7:]))
    for total, first, second in zip(whole, one, other, strict=True):
        np.testing.assert_allclose(total, first.numpy() + second, rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize("total", [0.0, 1e-30, 1e30])
def test_a_shrunk_matrix_has_no_eigenvalue_of_zero(total: float) -> None:
    """Whatever the scale of a matrix of rank one, the smallest eigenvalue in units of the mean is the share added."""
    x = tf.constant(total * EDGES["constant"] / 4)
    shrunk = matrix.shrunk(x, matrix.mean_eigenvalue(x), 0.01)
    assert np.linalg.eigvalsh(shrunk)[0] == pytest.approx(0.01, rel=1e-6)


@given(size=st.integers(1, 12), seed=st.integers(0, 99), spread=st.floats(0, 4))
def test_transport_takes_one_covariance_to_the_other(size: int, seed: int, spread: float) -> None:
    """T C T is the target; T is symmetric with eigenvalues of at least 0."""
    generator = np.random.default_rng(seed)

    def covariance() -> np.ndarray:
        mixed = generator.normal(size=(3 * size, size)) * 10 ** generator.uniform(-spread / 2, spread / 2, size)
        return mixed.T @ mixed / len(mixed) + 1e-6 * np.eye(size)

    source, target = covariance(), covariance()
    found = matrix.transport(tf.constant(source), tf.constant(target)).numpy()
    scale = np.abs(target).max()
    np.testing.assert_allclose(found @ source @ found, target, atol=1e-7 * scale)
    np.testing.assert_allclose(found, found.T, atol=1e-7 * np.abs(found).max())
    assert np.linalg.eigvalsh((found + found.T) / 2)[0] >= -1e-7 * np.abs(found).max()


def test_transport_of_what_is_not_finite_is_nan() -> None:
    """Neither a crash nor a number."""
    fine = tf.eye(3, dtype=tf.float64)
    for bad in (float("nan"), float("inf")):
        assert np.isnan(matrix.transport(fine * bad, fine)).all()
        assert np.isnan(matrix.transport(fine, fine * bad)).all()
