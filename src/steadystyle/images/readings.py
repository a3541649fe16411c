"""What the numbers of an array may mean, and what shows it: the ranges that pictures come in by mistake.

A reading is a straight line for each channel, from the numbers that came to a picture in [0, 1]. It *fits* if the whole
picture lands there. Fitting alone shows nothing: many things lie between -1 and 1. So there has to be evidence.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from steadystyle.images.values import TOLERANCE

LATTICE = 2e-3
"""How far from a whole number, in steps of 8 bits, what was once a whole number may be after float32 arithmetic."""
LEVEL = 1 / 255
"""One step of 8 bits, by which black and white may be missed where they stand for evidence."""
BRIGHT = 8.0
"""The mean above which numbers that are not whole are 8 bits scaled up: so bright a mean would be all glare in HDR."""
MOST_OUTLYING = 0.1
"""The share of numbers above 255 up to which whole numbers are 8 bits with outliers, and no 16 bits."""
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CAFFE_MEAN = (123.68, 116.779, 103.939)
"""Red, green and blue, of 255, that Keras's `vgg19.preprocess_input` subtracts."""


class Reading(NamedTuple):
    """One meaning: the picture is `numbers * scale + offset`, its channels then in the opposite order if `bgr`.

    `scale` and `offset` have one number for each channel, as the channels came, or one for all.
    """

    came: str
    remedy: str
    scale: tuple[float, ...]
    offset: tuple[float, ...]
    bgr: bool = False

    def apply(self, numbers: np.ndarray) -> np.ndarray:
        """(..., C) float32, the picture; clipped, as what fits is off by rounding only."""
        picture: np.ndarray = self._line(numbers).clip(0.0, 1.0)
        return np.ascontiguousarray(picture[..., ::-1]) if self.bgr else picture

    def fits(self, numbers: np.ndarray) -> bool:
        """Whether all of (N, C) lands in [0, 1]; what is made for three channels fits no other number of them."""
        if len(self.scale) not in (1, numbers.shape[-1]):
            return False
        ends = self._line(np.stack([numbers.min(0), numbers.max(0)]))
        return bool(ends.min() >= -10 * TOLERANCE and ends.max() <= 1 + 10 * TOLERANCE)

    def hits_levels(self, numbers: np.ndarray) -> bool:
        """Whether each number is one of the 256 levels of an 8-bit picture: an accident for any other meaning."""
        return are_whole(self._line(numbers) * 255)

    def reaches_bounds(self, numbers: np.ndarray) -> bool:
        """Whether black is reached in one channel at least, and black or white once more, and nothing goes beyond."""
        ends = self._line(np.stack([numbers.min(0), numbers.max(0)]))
        blacks, whites = int((ends[0] < LEVEL).sum()), int((ends[1] > 1 - LEVEL).sum())
        return blacks >= 1 and blacks + whites >= 2

    def _line(self, numbers: np.ndarray) -> np.ndarray:
        line: np.ndarray = numbers * np.array(self.scale, np.float32) + np.array(self.offset, np.float32)
        return line


AS_IT_IS = Reading("floats in [0, 1]", "taken as it is", (1.0,), (0.0,))
EIGHT_BITS = Reading("0 to 255", "divided by 255", (1 / 255,), (0.0,))
SIXTEEN_BITS = Reading("0 to 65535", "divided by 65535", (1 / 65535,), (0.0,))
TWICE = Reading("0 to 255 divided by 255 twice", "multiplied by 255", (255.0,), (0.0,))
AROUND_ZERO = Reading("-1 to 1", "(x + 1) / 2", (0.5,), (0.5,))
SIGNED = (
    AROUND_ZERO,
    Reading(
        "normalised by ImageNet's mean and deviation, as torchvision does", "multiplied by the deviation, mean added",
        IMAGENET_STD, IMAGENET_MEAN,
    ),
    Reading(
        "BGR less ImageNet's mean, as Keras's vgg19.preprocess_input makes it",
        "mean added, divided by 255, turned to RGB",
        (1 / 255,), tuple(mean / 255 for mean in reversed(CAFFE_MEAN)), bgr=True,
    ),
    Reading(
        "RGB less ImageNet's mean", "mean added, divided by 255",
        (1 / 255,), tuple(mean / 255 for mean in CAFFE_MEAN),
    ),
)  # fmt: skip
"""Those with numbers below 0."""


def reading_of(numbers: np.ndarray) -> Reading | None:
    """The one meaning that (N, C) float32 finite numbers can have; None where there is none, or more than one.

    The order is that of the table in docs/inputs.md.
    """
    smallest, largest = float(numbers.min()), float(numbers.max())
    if smallest >= -TOLERANCE:
        if largest <= 1 + TOLERANCE:
            return TWICE if _was_scaled_twice(numbers, largest) else AS_IT_IS
        return _scaled_up(numbers, largest)
    if numbers.shape[-1] == 4:
        return None
    fitting = [reading for reading in SIGNED if reading.fits(numbers)]
    for shown_by in (Reading.hits_levels, Reading.reaches_bounds):
        shown = [reading for reading in fitting if shown_by(reading, numbers)]
        if shown:
            return shown[0] if len(shown) == 1 else None
    return AROUND_ZERO if AROUND_ZERO in fitting and smallest < -0.5 - LEVEL else None


def looks_scaled_twice(picture: np.ndarray) -> bool:
    """Whether no number of a picture in [0, 1] is beyond the first step of 8 bits, and it is not black."""
    return 0 < float(picture.max()) <= LEVEL + TOLERANCE


def are_whole(numbers: np.ndarray) -> bool:
    """Whether all are whole but for rounding."""
    return bool(np.abs(numbers - np.rint(numbers)).max() <= LATTICE)


def _was_scaled_twice(numbers: np.ndarray, largest: float) -> bool:
    """Every number is one of 0/255² to 255/255², some are beyond the middle, and some no level of 8 bits."""
    if not LEVEL / 2 < largest <= LEVEL + TOLERANCE:
        return False
    return are_whole(numbers * 255**2) and not are_whole(numbers * 255)


def _scaled_up(numbers: np.ndarray, largest: float) -> Reading | None:
    """8 or 16 bits; what has nothing in the upper half might as well have fewer bits."""
    whole = are_whole(numbers)
    found = None
    if 127.5 < largest <= 255 * (1 + TOLERANCE) and (whole or float(numbers.mean()) > BRIGHT):
        found = EIGHT_BITS
    elif 32767.5 < largest <= 65535 and whole and float((numbers > 255).mean()) > MOST_OUTLYING:
        found = SIXTEEN_BITS
    if found is None or numbers.shape[-1] < 4:
        return found
    parts = float(numbers[:, :3].max()), float(numbers[:, 3].max())
    return None if any(0 < part <= 1 for part in parts) else found  # colours and alpha are on two scales
