"""The one rule by which numbers become a picture: recognised, put right or refused, and always said.

Decided in this order, from the type and the values alone, and never by the size of a file or by what came before:

1. bool, uint8, uint16: the type says what is white.
2. Other whole numbers: those from 0 to 255 or to 65535, if one is in the upper half; else refused.
3. Floats: pixels with a number that is not finite are left out of the account; more than a tenth of them, and it is
   refused. The rest has to have exactly one meaning (`readings.reading_of`), which is undone.
4. If it has none, pixels with a number beyond a hundred times white are left out too, under the same tenth, and it is
   asked again: beyond 25,500 for the white of 8 bits, and then beyond 6,553,500 for that of 16.
5. Pixels that were left out are filled from their surroundings (`filled.filled`), whole pixels only.
6. What has no meaning still is refused: HDR from 0 to 3, an overshoot below 0, labels, and whatever is ambiguous.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from steadystyle.core.errors import PictureError
from steadystyle.images.filled import filled
from steadystyle.images.readings import (
    AS_IT_IS,
    EIGHT_BITS,
    SIGNED,
    SIXTEEN_BITS,
    TWICE,
    Reading,
    looks_scaled_twice,
    reading_of,
)
from steadystyle.images.values import from_whole_numbers, in_unit_range

WHITE = {"bool": 1, "uint8": 255, "uint16": 65535}
"""What is white in an array of whole numbers. Others have no agreed white."""
MOST_FILLED = 0.1
"""The largest share of the pixels that is filled. A picture that lost more is another picture."""
OUTLYING = 100
"""How many times white a number is that is none of a picture's, if the picture has a meaning without it."""


class Remark(NamedTuple):
    """Something about a picture that has to be said; the parts of an `Event` that are known before a run.

    `repaired` is False where nothing had been wrong: another form, with one meaning.
    """

    cause: str
    evidence: str
    remedy: str
    effect: str
    repaired: bool = True


class Recognised(NamedTuple):
    """A picture (H, W, 3), float32 sRGB in [0, 1], and what has to be said about it."""

    picture: np.ndarray
    remarks: tuple[Remark, ...] = ()


def recognised_numbers(array: np.ndarray, name: str) -> tuple[np.ndarray, tuple[Remark, ...]]:
    """The numbers (H, W, C) of any type, by the rule above, as float32 (H, W, C) in [0, 1].

    Raises:
        PictureError: they have no meaning, or more than one, or too many are not finite; begins with `name`.
    """
    dtype = array.dtype.name
    if dtype in WHITE:
        return from_whole_numbers(array, WHITE[dtype]), (form(dtype, f"divided by {WHITE[dtype]}, the type's white"),)
    if "float" in dtype:  # NumPy's, and TensorFlow's bfloat16 and float8, which NumPy counts as no kind of float
        with np.errstate(over="ignore"):  # a float64 beyond float32 becomes infinite, and counts as that
            return _floats(np.array(array, np.float32, order="C"), name)
    if array.dtype.kind not in "iu":
        raise PictureError(f"{name}, wanted uint8, uint16, bool, or floats in [0, 1]")
    return _whole_numbers(array, name)


def form(evidence: str, remedy: str) -> Remark:
    """What is said of a picture that is sound, and came in a form that had to be turned."""
    return Remark("input-form", evidence, remedy, "the same picture", repaired=False)


def _whole_numbers(array: np.ndarray, name: str) -> tuple[np.ndarray, tuple[Remark, ...]]:
    smallest, largest = int(array.min()), int(array.max())
    if smallest >= 0 and largest <= 65535:
        numbers = array.astype(np.float32)
        reading = reading_of(numbers.reshape(-1, array.shape[-1]))
        if reading in (EIGHT_BITS, SIXTEEN_BITS):
            return reading.apply(numbers), (_range_remark(reading, array.dtype.name, smallest, largest),)
    advice = "astype it to uint8" if smallest >= 0 and largest <= 255 else "scale it to floats in [0, 1]"
    raise PictureError(
        f"{name}, from {smallest} to {largest}, wanted uint8, uint16, bool, or floats in [0, 1], which agree on "
        f"what is white; {advice}"
    )


def _floats(numbers: np.ndarray, name: str) -> tuple[np.ndarray, tuple[Remark, ...]]:
    finite = np.isfinite(numbers).all(axis=-1)
    if not _enough(finite):
        in_unit_range(numbers, name)  # raises: it says where the first number is that is not finite
    good, reading = finite, reading_of(_pixels(numbers, finite))
    for white in (255, 65535):
        if reading is None:
            good = finite & (np.abs(numbers) <= OUTLYING * white).all(axis=-1)
            reading = reading_of(_pixels(numbers, good)) if _enough(good) else None
    if reading is None:
        in_unit_range(_pixels(numbers, finite), name)  # raises: what it does not refuse has a reading
    assert reading is not None
    remarks = _pixel_remarks(numbers, finite, good)
    with np.errstate(invalid="ignore", over="ignore"):  # in the pixels that are filled
        picture = reading.apply(numbers)
    if not good.all():
        picture = filled(picture, good)
    if reading is not AS_IT_IS:
        kept = _pixels(numbers, good)
        remarks.append(_range_remark(reading, "floats", float(kept.min()), float(kept.max())))
    elif looks_scaled_twice(picture):
        remarks.append(_dark_remark(float(picture.max())))
    return picture, tuple(remarks)


def _enough(good: np.ndarray) -> bool:
    return int((~good).sum()) <= MOST_FILLED * good.size and bool(good.any())


def _pixels(numbers: np.ndarray, good: np.ndarray) -> np.ndarray:
    """(N, C): those that count."""
    return numbers.reshape(-1, numbers.shape[-1]) if good.all() else numbers[good]


def _pixel_remarks(numbers: np.ndarray, finite: np.ndarray, good: np.ndarray) -> list[Remark]:
    remarks = []
    remedy = "filled from the pixels around them"
    for cause, bad, what in (
        ("nonfinite-input", ~finite, "not finite"),
        ("bad-input-range", finite & ~good, "far beyond the others"),
    ):
        if count := int(bad.sum()):
            row, column = (int(index) for index in np.argwhere(bad)[0])
            values = ", ".join(f"{value:g}" for value in numbers[row, column])
            evidence = f"{count} of {bad.size} pixels {what}, the first at row {row}, column {column}: {values}"
            remarks.append(Remark(cause, evidence, remedy, f"{count / bad.size:.2%} of the picture is made up"))
    return remarks


def _range_remark(reading: Reading, kind: str, smallest: float, largest: float) -> Remark:
    evidence = f"{kind} from {smallest:.6g} to {largest:.6g}: {reading.came}"
    return Remark("bad-input-range", evidence, reading.remedy, "in [0, 1]")


def _dark_remark(largest: float) -> Remark:
    evidence = f"nothing above {largest:.3g}: almost black, or divided by 255 twice, and nothing shows which"
    return Remark("bad-input-range", evidence, "taken as it is", "almost black", repaired=False)


RULE: tuple[tuple[str, str, str], ...] = (
    ("`uint8`, `uint16`, `bool`", "divided by 255, 65535 or 1", "said"),
    (
        "other whole numbers, 0 to 255 with one above 127, or 0 to 65535 with one above 32767 and a tenth above 255",
        "divided by 255 or 65535", "repaired",
    ),
    ("floats 0 to 1", AS_IT_IS.remedy, ""),
    (
        "floats up to 1/255, each a multiple of 1/255² and not all of 1/255, one in the upper half",
        f"{TWICE.remedy}: they were divided twice", "repaired",
    ),
    ("floats up to 1/255 otherwise, not black", "taken as it is: it may be almost black", "said"),
    ("floats 0 to 255, one above 127.5, all whole or with a mean above 8", EIGHT_BITS.remedy, "repaired"),
    ("floats 0 to 65535, one above 32767.5, a tenth above 255, all whole", SIXTEEN_BITS.remedy, "repaired"),
    *((f"floats below 0: {reading.came} (a)", reading.remedy, "repaired") for reading in SIGNED),
    ("floats with NaN or infinity in at most a tenth of the pixels", "those pixels filled (b)", "repaired"),
    (
        "floats beyond ±25,500 (16 bits: ±6,553,500) in at most a tenth of the pixels, the rest one of the above",
        "those pixels filled (b)", "repaired",
    ),
    ("(H, W), (H, W, 1), (H, W, 3)", AS_IT_IS.remedy, ""),
    ("(H, W, 4)", "composited over white", "said"),
    ("(1, H, W, C), (1, H, W)", "taken out of the batch", "said"),
    ("(3, H, W), (4, H, W), where W is above 4", "channels moved last", "said"),
    (
        "all else: HDR from 0 to 3, labels, -0.1 to 1, a batch of several, no pixels, more NaN",
        "refused with a `PictureError`", "",
    ),
)  # fmt: skip
"""What came, what is done, and whether that is a repair or only said; for people. docs/inputs.md is made of it."""
