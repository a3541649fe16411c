"""Matrices made from features, and functions of symmetric matrices with finite gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from steadystyle.core import safe_math

ROUNDING = 1e-14
"""A variance below this share of the mean square is one of constants: float64 does not tell it from 0."""


class Products(NamedTuple):
    """Sums over places that add up: how many there are, and their outer products (C, C), in float32 at least."""

    count: tf.Tensor
    products: tf.Tensor


class Moments(NamedTuple):
    """Sums over places that add up: how many there are, in the features' own type (float32 at least); the features (C,)
    and their squares (C,) or outer products (C, C), in float64.
    """

    count: tf.Tensor
    first: tf.Tensor
    second: tf.Tensor


def products(features: tf.Tensor) -> Products:
    """What a Gram matrix is made of, for `features` (1, H, W, C)."""
    flat = places(features)
    return Products(_count(flat), _outer_products(flat))


def gram(sums: Products) -> tf.Tensor:
    """The Gram matrix (C, C): the mean over places of the outer products.

    Source: Gatys et al., "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016, eq. 3; divided by
    H·W, so that pictures of different sizes compare. The sum over places is in float32 at least, however the features
    were made.
    """
    return safe_math.divide(sums.products, sums.count, floor=1.0)


def moments(features: tf.Tensor) -> Moments:
    """What mean and covariance are made of, for `features` (1, H, W, C).

    E[xxᵀ] - E[x]E[x]ᵀ has negative variances where features are nearly constant, and sums of what is centred do not add
    up. So products are taken about a point m among the features, with float32's speed and no cancellation, and told
    about the origin, Σxxᵀ = Σ(x-m)(x-m)ᵀ + m Σ(x-m)ᵀ + Σ(x-m) mᵀ + n mmᵀ, in float64, which holds what is small there.
    """
    centred, centre = _centred(places(features))
    about = tf.cast(_outer_products(centred), tf.float64)
    rest, count = tf.cast(tf.reduce_sum(centred, axis=0), tf.float64), _count(centred)
    wide = tf.cast(count, tf.float64)
    mixed = centre[:, tf.newaxis] * (rest + wide / 2 * centre)
    return Moments(count, rest + wide * centre, about + mixed + tf.transpose(mixed))


def square_moments(features: tf.Tensor) -> Moments:
    """The same with squares only, for means and deviations; they do not overflow where the features do not."""
    centred, centre = _centred(places(features))
    scale = tf.stop_gradient(tf.maximum(tf.reduce_max(tf.abs(centred), axis=0), safe_math.TINY))
    squares = tf.cast(tf.reduce_sum(tf.square(centred / scale), axis=0), tf.float64)
    about = squares * tf.square(tf.cast(scale, tf.float64))
    rest, count = tf.cast(tf.reduce_sum(centred, axis=0), tf.float64), _count(centred)
    wide = tf.cast(count, tf.float64)
    return Moments(count, rest + wide * centre, about + 2 * centre * rest + wide * tf.square(centre))


def gram_of_moments(sums: Moments) -> tf.Tensor:
    """The Gram matrix (C, C) in float64, right to float32's rounding of the covariance, however large the mean is."""
    return safe_math.divide(sums.second, tf.cast(sums.count, tf.float64), floor=1.0)


def mean_and_covariance(sums: Moments) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean (C,) and covariance (C, C), in float64: variances are right to 1e-15 of the mean's square."""
    count = tf.cast(tf.maximum(sums.count, 1.0), tf.float64)
    mean = sums.first / count
    return mean, sums.second / count - mean[:, tf.newaxis] * mean


def mean_and_std(sums: Moments) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean and standard deviation (C,) of squares, in float64; of constants the deviation is 0 with the gradient 0."""
    count = tf.cast(tf.maximum(sums.count, 1.0), tf.float64)
    mean, power = sums.first / count, sums.second / count
    return mean, safe_math.sqrt_or_zero(power - tf.square(mean), floor=ROUNDING * power)


def places(features: tf.Tensor) -> tf.Tensor:
    """`features` (1, H, W, C) as (H·W, C), in float32 at least."""
    return safe_math.widened(tf.reshape(features, [-1, features.shape[-1]]))


def mean_eigenvalue(matrix: tf.Tensor, more: tf.Tensor | float = 0.0) -> tf.Tensor:
    """(trace + `more`) / C of a symmetric `matrix` (C, C), in float64; a trace below 1e-3 counts as 1e-3."""
    power = tf.linalg.trace(tf.cast(matrix, tf.float64)) + more
    return tf.maximum(power, 1e-3) / matrix.shape[0]


def shrunk(matrix: tf.Tensor, unit: tf.Tensor, share: float) -> tf.Tensor:
    """`matrix / unit` with `share` added to each eigenvalue, in float64: none is 0 or, by rounding, negative."""
    return tf.cast(matrix, tf.float64) / unit + share * tf.eye(matrix.shape[0], dtype=tf.float64)


def square_root(matrix: tf.Tensor) -> tf.Tensor:
    """V √Λ Vᵀ of a symmetric `matrix` V Λ Vᵀ (C, C) with eigenvalues of at least 0, in float64.

    Value and gradient are finite for every finite matrix: see `_function`.
    """
    return _function(matrix, tf.sqrt, _slopes_of_root)


def logarithm(matrix: tf.Tensor) -> tf.Tensor:
    """V log Λ Vᵀ of a symmetric `matrix` V Λ Vᵀ (C, C) with eigenvalues of at least 0, in float64.

    Value and gradient are finite for every finite matrix: see `_function`.
    """
    return _function(matrix, tf.math.log, _slopes_of_logarithm)


def transport(source: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """The symmetric matrix T with T `source` T = `target`, in float64: the linear map that takes the one covariance
    (C, C) to the other and moves points least.

    Args:
        source: eigenvalues above 0; what is not finite, or has a smaller one, gives NaN.
        target: eigenvalues of at least 0.

    Source: Olkin and Pukelsheim, "The distance between two random vectors with given dispersion matrices", 1982; by
    a factor L of `source`, T = L⁻ᵀ (Lᵀ `target` L)^½ L⁻¹, which takes one decomposition instead of two.
    """
    factor = _cholesky(tf.cast(source, tf.float64))
    middle = square_root(tf.matmul(factor, tf.matmul(tf.cast(target, tf.float64), factor), transpose_a=True))
    half = tf.linalg.triangular_solve(factor, middle, adjoint=True)
    return tf.transpose(tf.linalg.triangular_solve(factor, tf.transpose(half), adjoint=True))


@tf.custom_gradient
def _outer_products(flat: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """Of rows (N, C), added up. Both factors are the same, so that one product is enough for the gradient, where
    TensorFlow would make two.
    """

    def gradient(of_products: tf.Tensor) -> tf.Tensor:
        return tf.matmul(flat, of_products + tf.transpose(of_products))

    return tf.matmul(flat, flat, transpose_a=True), gradient


def _count(flat: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.shape(flat)[0], flat.dtype)


def _centred(flat: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The rows (N, C) without their mean, and that in float64; any point would do, so no gradient goes through it."""
    total = tf.reduce_sum(flat / tf.maximum(_count(flat), 1.0), axis=0)
    centre = tf.stop_gradient(total)
    return flat - centre, tf.cast(centre, tf.float64)


def _function(
    matrix: tf.Tensor,
    function: Callable[[tf.Tensor], tf.Tensor],
    slopes: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
) -> tf.Tensor:
    """V f(Λ) Vᵀ, with `slopes` the divided differences (f(a) - f(b)) / (a - b), and f'(a) where a = b.

    The gradient is V (S ∘ VᵀGV) Vᵀ, with S the slopes between all pairs of eigenvalues. TensorFlow's own goes through
    the eigenvectors, divides by differences of eigenvalues, and leaves out the pairs that are equal. Eigenvalues below
    `safe_math.TINY`, or lost in rounding beside the largest, are raised first; the gradient is then that at the raised
    matrix. In float64, because C×C numbers cost little beside the features that they are made of.

    Source: Daleckii and Krein, 1965; Higham, "Functions of Matrices", 2008, theorem 3.11.
    """

    @tf.custom_gradient
    def of(matrix: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        values, vectors = _eigen(matrix)
        values = tf.maximum(values, tf.maximum(1e-15 * tf.reduce_max(values), safe_math.TINY))

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            inner = tf.matmul(vectors, tf.matmul(upstream, vectors), transpose_a=True)
            inner *= slopes(values[:, tf.newaxis], values[tf.newaxis, :])
            return tf.matmul(vectors, tf.matmul(inner, vectors, transpose_b=True))

        return tf.matmul(vectors * function(values), vectors, transpose_b=True), gradient

    return of(tf.cast(matrix, tf.float64))


def _cholesky(matrix: tf.Tensor) -> tf.Tensor:
    """The factor L with L Lᵀ = `matrix`; NaN of what is not finite, where TensorFlow would raise."""
    finite = tf.reduce_all(tf.math.is_finite(matrix))
    harmless = tf.where(finite, matrix, tf.eye(matrix.shape[0], dtype=matrix.dtype))
    return tf.where(finite, tf.linalg.cholesky(harmless), float("nan"))


def _eigen(matrix: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Eigenvalues and vectors; those of a matrix that is not finite are NaN, where `eigh` would raise or not return."""
    finite = tf.reduce_all(tf.math.is_finite(matrix))
    # Scaled to entries of at most 1, so that the solver's own products neither overflow nor vanish.
    scale = tf.where(finite, tf.maximum(tf.reduce_max(tf.abs(matrix)), 1e-300), 1.0)
    values, vectors = tf.linalg.eigh(tf.where(finite, matrix / scale, 0.0))
    return tf.where(finite, values * scale, float("nan")), vectors


def _slopes_of_root(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    return 1.0 / (tf.sqrt(a) + tf.sqrt(b))


def _slopes_of_logarithm(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """(log a - log b) / (a - b) as log(1 + r) / (r · s), with s the smaller and r = |a - b| / s: nothing cancels."""
    smaller = tf.minimum(a, b)
    ratio = tf.abs(a - b) / smaller
    different = ratio > 0.0
    harmless = tf.where(different, ratio, 1.0)
    return tf.where(different, tf.math.log1p(harmless) / harmless, 1.0) / smaller
