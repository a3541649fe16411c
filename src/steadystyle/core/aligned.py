"""Arrays that TensorFlow takes over as they are, instead of copying them."""

from __future__ import annotations

import numpy as np

ALIGNMENT = 64
"""Bytes: it takes an array over only at such an address."""


def blank(shape: tuple[int, ...]) -> np.ndarray:
    """A float32 array to be filled."""
    size = int(np.prod(shape)) * 4
    raw = np.empty(size + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + size].view(np.float32).reshape(shape)
