"""Brightness of one picture with the colours of another."""

from __future__ import annotations

import numpy as np

WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)
"""Of red, green and blue in the brightness that the eye sees, of numbers with gamma (ITU-R BT.601)."""
SMALLEST_DEVIATION = 1e-3


def with_colours_of(picture: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """The brightness of `picture` on the colours of `colours`; both float32 (H, W, 3) in [0, 1], and so is the result.

    The brightness is brought to the mean and the deviation of that of `colours` first; of a picture of one colour it
    is left flat.

    Source: Gatys et al., "Preserving Color in Neural Artistic Style Transfer", 2016, sec. 3.2; we leave it in matching
    brightness after the transfer, not before.
    """
    made, own = picture @ WEIGHTS, colours @ WEIGHTS
    contrast = own.std() / max(float(made.std()), SMALLEST_DEVIATION)
    difference = (made - made.mean()) * contrast + own.mean() - own
    mixed: np.ndarray = np.clip(colours + difference[..., np.newaxis], 0.0, 1.0).astype(np.float32)
    return mixed
