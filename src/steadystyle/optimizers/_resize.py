"""Carrying an optimizer's memory over to another size of the same picture."""

from __future__ import annotations

import tensorflow as tf


def resize_field(field: tf.Tensor, image: tf.Tensor) -> tf.Tensor:
    """`field` (1, h, w, 3) bilinearly at the height and width of `image` (bilinear keeps a positive field positive)."""
    return tf.image.resize(field, tf.shape(image)[1:3], method="bilinear", antialias=True)
