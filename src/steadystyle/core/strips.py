"""Large pictures a few rows at a time: what is done to each pixel by itself needs no second copy of the whole.

A picture of at most `PIXELS` is one strip, and then nothing is cut, copied or added in another order.
"""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import tensorflow as tf

from steadystyle.core import safe_math
from steadystyle.core.aligned import ALIGNMENT, blank

PIXELS = 1 << 20
"""A picture of more is large."""
STRIP = 1 << 16
"""Pixels of a strip, about: what is made of it on the way stays in a processor's cache, and asking for it costs little
beside it.
"""
Given = TypeVar("Given")
Made = TypeVar("Made")


def strips(height: int, width: int) -> list[slice]:
    """Rows from top to bottom, in strips of equal height, or one less."""
    count = min(height, -(-height * width // STRIP))
    borders = [height * number // count for number in range(count + 1)]
    return [slice(*pair) for pair in itertools.pairwise(borders)]


def is_large(height: int, width: int) -> bool:
    """Whether such a picture is worked at in strips only: copies of it would take too much memory."""
    return height * width > PIXELS


@functools.cache
def _threads() -> ThreadPoolExecutor:
    """One for each processor: NumPy and TensorFlow let go of Python while they compute."""
    return ThreadPoolExecutor(os.cpu_count())


def side_by_side(function: Callable[[Given], Made], parts: Iterable[Given]) -> list[Made]:
    """What `function` makes of each part, in their order, however many are dealt with at a time.

    NumPy is quiet meanwhile: what is not finite is looked for in what comes of it.
    """

    def quiet(part: Given) -> Made:
        with np.errstate(all="ignore"):
            return function(part)

    return list(_threads().map(quiet, parts))


def over(function: Callable[..., Made], *pictures: Any) -> list[Made]:
    """What `function` makes of the same strip of each of some pictures (1, H, W, C) of one size, from top to bottom.

    Strips are arrays, which may be written to where the picture may.
    """
    arrays = [np.asarray(picture) for picture in pictures]
    found = strips(*arrays[0].shape[1:3])
    return side_by_side(lambda rows: function(*(array[:, rows] for array in arrays)), found)


def _of_parts(function: Callable[..., Made], *pictures: tf.Tensor) -> list[Made]:
    """What `function` makes of the strips of large pictures, or of small ones as they are."""
    return over(function, *pictures) if is_large(*pictures[0].shape[1:3]) else [function(*pictures)]


def each(function: Callable[..., tuple[tf.Tensor, ...]], *pictures: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """What `function`, which treats each pixel by itself, makes of pictures (1, H, W, C): some of the same shape."""
    height, width = pictures[0].shape[1:3]
    if not is_large(height, width):
        return function(*pictures)
    of_one_pixel = function(*(picture[:, :1, :1] for picture in pictures))
    whole = [blank((1, height, width, made.shape[-1])) for made in of_one_pixel]

    def fill(*parts: Any) -> None:
        for array, made in zip(parts, function(*parts[len(whole) :]), strict=False):
            array[:] = made

    over(fill, *whole, *pictures)
    return tuple(map(adopted, whole))


def total(function: Callable[..., tf.Tensor], *pictures: tf.Tensor) -> float:
    """The sum over strips of the number that `function` makes of each; a sum over pixels, then."""
    return float(totals(function, *pictures))


def totals(function: Callable[..., tf.Tensor], *pictures: tf.Tensor) -> np.ndarray:
    """The same for a tensor of several numbers, in float64: they are had from one look at each strip."""
    return np.asarray(np.sum([np.asarray(found, np.float64) for found in _of_parts(function, *pictures)], 0))


def largest(function: Callable[..., tf.Tensor], *pictures: tf.Tensor) -> float:
    """The largest of the numbers that `function` makes of each strip; NaN if one is."""
    return float(np.max([float(found) for found in _of_parts(function, *pictures)]))


def norm(picture: tf.Tensor) -> tf.Tensor:
    """Euclidean, as `safe_math.norm`: that of the strips' norms."""
    norms = _of_parts(safe_math.norm, picture)
    return norms[0] if len(norms) == 1 else safe_math.norm(tf.stack(norms))


def adopted(array: np.ndarray) -> tf.Tensor:
    """`array` as a tensor, without a copy where it is `blank`'s; it is not to be written to any more.

    A large one that is not is copied to one that is: what TensorFlow allocates itself, it keeps for good.
    """
    if array.ctypes.data % ALIGNMENT or not array.flags.c_contiguous or not array.flags.writeable:
        if array.size <= 3 * PIXELS:
            return tf.constant(array)
        array, given = blank(array.shape), array
        array[:] = given
    return tf.experimental.dlpack.from_dlpack(array.__dlpack__())
