"""Is it finite; how many are not; where is the first."""

from __future__ import annotations

import numpy as np
import tensorflow as tf


def all_finite(tensor: tf.Tensor) -> tf.Tensor:
    """Scalar bool; also right under XLA, where `tf.debugging.check_numerics` is silently ignored."""
    return tf.reduce_all(tf.math.is_finite(tensor))


def describe_nonfinite(tensor: tf.Tensor) -> str:
    """In words, how many entries are not finite and where the first is; empty if all are finite."""
    array = np.asarray(tensor)
    bad = ~np.isfinite(array.astype(np.float32, copy=False))
    count = int(bad.sum())
    if count == 0:
        return ""
    if array.ndim == 0:
        return f"it is {array}"
    first = tuple(int(index) for index in np.argwhere(bad)[0])
    return f"{count} of {array.size} entries are not finite, the first at {first}: {array[first]}"
