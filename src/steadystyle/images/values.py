"""The numbers of a picture are where they belong, in [0, 1]."""

from __future__ import annotations

from typing import Any

import numpy as np

from steadystyle.core.aligned import blank
from steadystyle.core.errors import PictureError

TOLERANCE = 1e-6
"""How far float arithmetic may carry a number out of [0, 1]; it is clipped back."""


def from_whole_numbers(numbers: Any, white: int) -> np.ndarray:
    """Whole numbers from 0 to `white`, an array of any shape or a picture of Pillow's, as float32 in [0, 1]."""
    whole = np.asarray(numbers)
    fractions = blank(whole.shape)
    np.divide(whole, np.float32(white), out=fractions, dtype=np.float32)
    return fractions


def in_unit_range(values: np.ndarray, name: str) -> np.ndarray:
    """A float32 copy of `values`, of any shape, in [0, 1].

    Raises:
        PictureError: a number is not finite, or outside [0, 1] by more than 1e-6; the message begins with `name`.
    """
    with np.errstate(over="ignore"):  # a float64 beyond float32 becomes infinite, and is refused as that
        copy = np.array(values, np.float32, order="C")
    smallest, largest = copy.min(), copy.max()  # NaN in either if there is one anywhere
    if not (np.isfinite(smallest) and np.isfinite(largest)):
        bad = ~np.isfinite(copy)
        first = tuple(int(index) for index in np.argwhere(bad)[0])
        raise PictureError(
            f"{name}: {int(bad.sum())} of {copy.size} numbers are not finite, the first at {first} is {copy[first]}; "
            "wanted numbers in [0, 1]; repair it where it was made"
        )
    if not (smallest >= -TOLERANCE and largest <= 1 + TOLERANCE):
        raise PictureError(
            f"{name}: numbers from {smallest:g} to {largest:g}, wanted them in [0, 1]; {_advice(smallest, largest)}"
        )
    return np.clip(copy, 0.0, 1.0, out=copy)


def is_in_unit_range(values: np.ndarray) -> bool:
    """Whether every number is in [0, 1]; a NaN is not."""
    return bool(values.min() >= 0 and values.max() <= 1)


def _advice(smallest: float, largest: float) -> str:
    if smallest >= -1 and largest <= 1:
        return "if its black is -1, take (x + 1) / 2"
    for white in (255, 65535):
        if smallest >= 0 and largest <= white:
            return f"if its white is {white}, divide by {white}"
    return "scale it so that black is 0 and white is 1"
