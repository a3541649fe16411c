"""Is it finite; how many are not; where is the first."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf


def all_finite(tensor: tf.Tensor) -> tf.Tensor:
    """Scalar bool; also right under XLA, where `tf.debugging.check_numerics` is silently ignored."""
    return tf.reduce_all(tf.math.is_finite(tensor))


def first_nonfinite(nest: Any) -> tuple[int, str] | None:
    """Which tensor of a nest is the first that is not finite, and how; None if all are. What holds no floats counts as
    finite, and so does None.
    """
    for index, tensor in enumerate(tf.nest.flatten(nest)):
        if tensor is None or not tf.as_dtype(np.asarray(tensor).dtype).is_floating:
            continue
        if problem := describe_nonfinite(tensor):
            return index, problem
    return None


def describe_nonfinite(tensor: tf.Tensor) -> str:
    """In words, how many entries are not finite and where the first is; empty if all are finite."""
    array = np.asarray(tensor)
    # bfloat16 is none of NumPy's own types; what is finite in float64 only is no fault here.
    bad = ~np.isfinite(array if array.dtype.kind == "f" else array.astype(np.float32))
    count = int(bad.sum())
    if count == 0:
        return ""
    if array.ndim == 0:
        return f"it is {array}"
    first = tuple(int(index) for index in np.argwhere(bad)[0])
    return f"{count} of {array.size} entries are not finite, the first at {first}: {array[first]}"
