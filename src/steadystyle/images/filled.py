"""Pixels that are of no use, filled from those around them."""

from __future__ import annotations

import numpy as np


def filled(picture: np.ndarray, good: np.ndarray) -> np.ndarray:
    """A copy of `picture` in which each bad pixel is the mean of the good ones in the square around it.

    The squares have 2, 4, 8, ... pixels a side and lie edge to edge from the upper left corner; the smallest that holds
    a good pixel counts. So what is filled lies between values that are there, and a flat picture stays flat. A hole of
    any size takes the time of a few passes over the picture.

    Args:
        picture: (H, W, C) float32; what stands in bad pixels is not looked at.
        good: (H, W) bool, True somewhere.

    Source: the pull and push of Gortler et al., "The Lumigraph", SIGGRAPH 1996, without their smoothing.
    """
    if good.all():
        return picture.copy()
    height, width = good.shape
    weights = good[..., np.newaxis].astype(np.float32)
    padding = ((0, height % 2), (0, width % 2), (0, 0))
    sums = _of_squares(np.pad(np.where(good[..., np.newaxis], picture, 0).astype(np.float32), padding))
    counts = _of_squares(np.pad(weights, padding))
    means = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
    coarse = filled(means, counts[..., 0] > 0)
    fine = coarse.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]
    return np.where(good[..., np.newaxis], picture, fine)


def _of_squares(values: np.ndarray) -> np.ndarray:
    """The sums of squares of 2 x 2 pixels; (H, W, C) with even sides."""
    sums: np.ndarray = values[::2, ::2] + values[1::2, ::2] + values[::2, 1::2] + values[1::2, 1::2]
    return sums
