"""Large pictures a few rows at a time: what is done to each pixel by itself needs no second copy of the whole.

A picture of at most `PIXELS` is one strip, and then nothing is cut, copied or added in another order.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from steadystyle.core import safe_math

PIXELS = 1 << 20
"""Of a strip, about: its copies are small beside any picture of more than one strip, and their number too."""
ALIGNMENT = 64
"""Bytes: TensorFlow takes an array over as it is only at such an address."""


def strips(height: int, width: int) -> list[slice]:
    """Rows from top to bottom, in strips of equal height, or one less."""
    count = min(height, -(-height * width // PIXELS))
    borders = [height * number // count for number in range(count + 1)]
    return [slice(*pair) for pair in itertools.pairwise(borders)]


def is_large(height: int, width: int) -> bool:
    """Whether such a picture is more than one strip."""
    return len(strips(height, width)) > 1


def cut(*pictures: Any) -> Iterator[tuple[slice, tuple[Any, ...]]]:
    """The same strip of each of some pictures (1, H, W, C) of one size, from top to bottom."""
    found = strips(*pictures[0].shape[1:3])
    for rows in found:
        yield rows, pictures if len(found) == 1 else tuple(picture[:, rows] for picture in pictures)


def each(function: Callable[..., tuple[tf.Tensor, ...]], *pictures: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """What `function`, which treats each pixel by itself, makes of pictures (1, H, W, C): some of the same shape."""
    if not is_large(*pictures[0].shape[1:3]):
        return function(*pictures)
    whole: list[np.ndarray] = []
    for rows, parts in cut(*pictures):
        made = function(*parts)
        whole = whole or [blank((1, *pictures[0].shape[1:3], part.shape[-1])) for part in made]
        for array, part in zip(whole, made, strict=True):
            array[:, rows] = part
    return tuple(map(adopted, whole))


def total(function: Callable[..., tf.Tensor], *pictures: tf.Tensor) -> float:
    """The sum over strips of the number that `function` makes of each; a sum over pixels, then."""
    return float(totals(function, *pictures))


def totals(function: Callable[..., tf.Tensor], *pictures: tf.Tensor) -> np.ndarray:
    """The same for a tensor of several numbers, in float64: they are had from one look at each strip."""
    return np.asarray(sum(np.asarray(function(*parts), np.float64) for _, parts in cut(*pictures)))


def largest(function: Callable[..., tf.Tensor], *pictures: tf.Tensor) -> float:
    """The largest of the numbers that `function` makes of each strip; NaN if one is."""
    return float(np.max([float(function(*parts)) for _, parts in cut(*pictures)]))


def norm(picture: tf.Tensor) -> tf.Tensor:
    """Euclidean, as `safe_math.norm`: that of the strips' norms."""
    norms = [safe_math.norm(rows) for _, (rows,) in cut(picture)]
    return norms[0] if len(norms) == 1 else safe_math.norm(tf.stack(norms))


def blank(shape: tuple[int, ...]) -> np.ndarray:
    """A float32 array to be filled and `adopted`."""
    size = int(np.prod(shape)) * 4
    raw = np.empty(size + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + size].view(np.float32).reshape(shape)


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
