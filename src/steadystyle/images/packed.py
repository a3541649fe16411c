"""A picture kept for later in as few bytes as hold it exactly."""

from __future__ import annotations

import numpy as np

from steadystyle.images.values import from_whole_numbers

STRIP = 256
"""Rows that are looked at at a time."""


class Packed:
    """A picture (H, W, C), float32 in [0, 1]; one that came from 8 bits takes a quarter of that.

    Attributes:
        shape: of the picture.
    """

    def __init__(self, picture: np.ndarray) -> None:
        self.shape = picture.shape
        self._kept = _eight_bits(picture)

    def picture(self) -> np.ndarray:
        """It, to the bit: the array itself, not to be written to, or a new one."""
        return from_whole_numbers(self._kept, 255) if self._kept.dtype == np.uint8 else self._kept


def _eight_bits(picture: np.ndarray) -> np.ndarray:
    """`picture` as uint8 if that loses nothing; else as it is."""
    levels = np.empty(picture.shape, np.uint8)
    for start in range(0, len(picture), STRIP):
        rows = picture[start : start + STRIP]
        with np.errstate(invalid="ignore", over="ignore"):
            levels[start : start + STRIP] = np.rint(rows * np.float32(255))
        if rows.dtype != np.float32 or not np.array_equal(from_whole_numbers(levels[start : start + STRIP], 255), rows):
            return picture
    return levels
