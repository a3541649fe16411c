"""The same picture at another size."""

from __future__ import annotations

import itertools

import numpy as np
from PIL import Image

from steadystyle.core.aligned import blank
from steadystyle.core.errors import PictureError
from steadystyle.core.freed import give_back

BAND = 1 << 24
"""Pixels that are made at a time, about: Pillow's result and NumPy's are in memory together. Pillow reads the borders
of a band in float32, which is a thousandth of a pixel in a picture of 10,000.
"""


def fit(height: int, width: int, size: int) -> tuple[int, int]:
    """(height, width) scaled so that the longer side is `size` pixels; aspect kept, each side at least 1."""
    longest = max(height, width)
    return max(1, round(height * size / longest)), max(1, round(width * size / longest))


def resize(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """`image` (H, W, C), float in [0, 1], as float32 (height, width, C) in [0, 1].

    Lanczos with three lobes, antialiased: in a smaller picture each pixel has its share. Ringing is clipped to [0, 1].

    Raises:
        PictureError: a side is less than 1.
    """
    if min(height, width, *image.shape) < 1:
        raise PictureError(f"resize: from {image.shape} to ({height}, {width}); wanted each side at least 1")
    if image.shape[:2] == (height, width):
        resized = blank(image.shape)
        resized[:] = image
    else:
        resized = blank((height, width, image.shape[2]))
        for channel in range(image.shape[2]):
            plane = Image.fromarray(np.ascontiguousarray(image[..., channel], np.float32))
            for start, stop in _bands(height, width):
                box = (0, start * image.shape[0] / height, image.shape[1], stop * image.shape[0] / height)
                part = plane.resize((width, stop - start), Image.Resampling.LANCZOS, box)
                resized[start:stop, :, channel] = np.asarray(part)
        if max(image.size, resized.size) > BAND:
            del plane, part
            give_back()  # Pillow works in blocks that are small enough to be kept
    return np.clip(resized, 0.0, 1.0, out=resized)


def _bands(height: int, width: int) -> list[tuple[int, int]]:
    """The rows of a result from top to bottom, in bands of about equal height; a small one is one."""
    count = min(height, -(-height * width // BAND))
    borders = [height * number // count for number in range(count + 1)]
    return list(itertools.pairwise(borders))
