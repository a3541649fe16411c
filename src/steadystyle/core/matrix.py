"""Matrices made from features, and functions of symmetric matrices with finite gradients."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from steadystyle.core import safe_math


def gram(features: tf.Tensor) -> tf.Tensor:
    """The Gram matrix of `features` (1, H, W, C): (C, C), the mean over places of the outer products.

    Source: Gatys et al., "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016, eq. 3; divided by
    H·W, so that pictures of different sizes compare. The sum over places is in float32 at least, however the features
    were made.
    """
    return _mean_of_products(places(features))


def mean_and_covariance(features: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean (C,) and covariance (C, C) over the places of `features` (1, H, W, C), in float32 at least.

    The features are centred before they are multiplied: E[xxᵀ] - E[x]E[x]ᵀ has negative variances where they are
    nearly constant.
    """
    flat = places(features)
    mean = tf.reduce_mean(flat, axis=0)
    return mean, _mean_of_products(flat - mean)


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


@tf.custom_gradient
def _mean_of_products(flat: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """Both factors are the same, so that one product is enough for the gradient, where TensorFlow would make two."""
    count = tf.maximum(tf.cast(tf.shape(flat)[0], flat.dtype), 1.0)

    def gradient(of_mean: tf.Tensor) -> tf.Tensor:
        return tf.matmul(flat, (of_mean + tf.transpose(of_mean)) / count)

    return tf.matmul(flat, flat, transpose_a=True) / count, gradient


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
