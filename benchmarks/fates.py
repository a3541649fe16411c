"""What has become of a picture, in a word."""

from __future__ import annotations

import numpy as np

WHOLE = ""
"""Finite, of the right size, in [0, 1], and not degenerate."""
LEAST_SPREAD = 0.2
"""Of the content's standard deviation: with less the picture is flat."""
MOST_AT_BOUNDS = 0.5
"""Of a picture's numbers, unless the content has as many at 0 or 1."""
ONE_COLOUR = 1 / 255


def fate(picture: np.ndarray, content: np.ndarray) -> str:
    """`WHOLE`, or what is wrong with `picture` (H, W, 3) beside the sound `content`, in a word or two."""
    if picture.shape != content.shape:
        return "wrong size"
    if not np.isfinite(picture).all():
        return "NaN"
    if picture.min() < 0 or picture.max() > 1:
        return "out of range"
    if _spread(content) > ONE_COLOUR and picture.max() - picture.min() <= ONE_COLOUR:
        return {0.0: "black", 1.0: "white"}.get(round(float(picture.mean()), 2), "flat")
    if picture.std() < LEAST_SPREAD * content.std():
        return "flat"
    if _at_bounds(picture) > max(MOST_AT_BOUNDS, _at_bounds(content)):
        return "saturated"
    return WHOLE


def _spread(picture: np.ndarray) -> float:
    return float(picture.max() - picture.min())


def _at_bounds(picture: np.ndarray) -> float:
    """The share of its numbers that are 0 or 1 in 8 bits."""
    return float(np.mean((picture < 0.5 / 255) | (picture > 1 - 0.5 / 255)))
