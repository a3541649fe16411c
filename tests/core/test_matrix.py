"""Functions of matrices: right where they are smooth, finite with their gradients where they are not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

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
    """The variance of constants is 0, not a small negative number, at every level."""
    mean, covariance = matrix.mean_and_covariance(tf.fill([1, 7, 9, 2], tf.constant(level)))
    np.testing.assert_allclose(mean, level, rtol=1e-6)
    assert (np.diag(covariance) >= 0).all()
    np.testing.assert_allclose(covariance, 0, atol=1e-12 * level**2)


def test_covariance_is_that_of_the_places() -> None:
    """Mean and covariance are NumPy's, a large mean notwithstanding."""
    features = (1000 + np.random.default_rng(8).normal(size=(1, 30, 40, 3))).astype(np.float32)
    mean, covariance = matrix.mean_and_covariance(tf.constant(features))
    flat = features.reshape(-1, 3).astype(np.float64)
    np.testing.assert_allclose(mean, flat.mean(0), rtol=1e-6)
    np.testing.assert_allclose(covariance, np.cov(flat.T, bias=True), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("total", [0.0, 1e-30, 1e30])
def test_a_shrunk_matrix_has_no_eigenvalue_of_zero(total: float) -> None:
    """Whatever the scale of a matrix of rank one, the smallest eigenvalue in units of the mean is the share added."""
    x = tf.constant(total * EDGES["constant"] / 4)
    shrunk = matrix.shrunk(x, matrix.mean_eigenvalue(x), 0.01)
    assert np.linalg.eigvalsh(shrunk)[0] == pytest.approx(0.01, rel=1e-6)
