"""Weights that were read are those of a trained network, and stay as they were read."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from steadystyle.core.finite import describe_nonfinite
from steadystyle.core.injection import inject

LARGEST = 1e4
"""A weight beyond this is no trained network's: theirs are below 100."""


def checked(array: np.ndarray) -> tuple[np.ndarray, str]:
    """`array` as float32, and in words what is wrong with it; empty if nothing is."""
    array = inject("weights", None, np.asarray(array, np.float32))
    largest = float(np.abs(array).max(initial=0))
    problem = describe_nonfinite(array)
    if not problem and largest > LARGEST:
        problem = f"its largest number is {largest:.3g}, wanted at most {LARGEST:g}"
    return array, problem


def fingerprint(weights: Any) -> tuple[float, ...]:
    """The sum of each tensor in a nest of them: another once a number has changed, and never equal once one is NaN."""
    with np.errstate(all="ignore"):
        return tuple(float(np.sum(np.asarray(tensor), dtype=np.float64)) for tensor in tf.nest.flatten(weights))
