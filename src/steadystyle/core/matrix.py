"""Matrices made from features."""

from __future__ import annotations

import tensorflow as tf


def gram(features: tf.Tensor) -> tf.Tensor:
    """The Gram matrix of `features` (1, H, W, C): (C, C) float32, the mean over places of the outer products.

    Source: Gatys et al., "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016, eq. 3; divided by
    H·W, so that pictures of different sizes compare. The sum over places is in float32, however the features were
    made.
    """
    flat = tf.cast(tf.reshape(features, [-1, features.shape[-1]]), tf.float32)
    places = tf.cast(tf.shape(flat)[0], tf.float32)
    return tf.matmul(flat, flat, transpose_a=True) / tf.maximum(places, 1.0)
