"""What every later step depends on is made twice, and a third time where the two differ.

Pictures, targets and starts are made once for each size and then used a hundred times. An error that makes one of them
wrong and leaves it finite (a flipped bit, a kernel that raced) would be noticed by nobody.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import tensorflow as tf

from steadystyle.core.finite import first_nonfinite
from steadystyle.core.flow import Tell
from steadystyle.guard.judge import SAME

Made = TypeVar("Made")
PIECE = 1 << 20
"""Numbers that are compared at a time."""
MOST_KEPT = 3 << 20
"""Of a larger array only a digest is kept while it is made again."""


def made_twice(make: Callable[[], Made], where: str, tell: Tell) -> Made:
    """What `make` makes: an array, a tensor or a nest of them; as two of three agree on it."""
    kept = [make()]
    digest = _digest(kept[0])
    if digest is not None:
        kept.clear()  # in memory once is enough
    second = make()
    if _digest(second) == digest if digest is not None else _alike(kept[0], second):
        return second
    nonfinite = first_nonfinite(second)
    if nonfinite is None:
        cause, evidence = "backend-bug", "made twice from the same, it differs"
    else:
        cause, evidence = "nonfinite-input", nonfinite[1]
    tell(where, cause, evidence, "made it a third time", "nothing else changes")
    return make()


def _digest(made: Any) -> int | None:
    """Of a large array, what tells it from others: NumPy and Pillow make twice from the same what is the same to the
    bit. None for all else, and for one that is not finite.
    """
    if not isinstance(made, np.ndarray) or made.size <= MOST_KEPT:
        return None
    pieces = [made.reshape(-1)[start : start + PIECE] for start in range(0, made.size, PIECE)]
    if not all(np.isfinite(piece).all() for piece in pieces):
        return None
    return functools.reduce(lambda digest, piece: zlib.crc32(piece.tobytes(), digest), pieces, 0)


def _alike(first: Any, second: Any) -> bool:
    """Whether two nests agree; what is not finite agrees with nothing."""
    pairs = zip(tf.nest.flatten(first), tf.nest.flatten(second), strict=True)
    arrays = ((np.asarray(one), np.asarray(other)) for one, other in pairs if one is not None)
    with np.errstate(invalid="ignore", over="ignore"):
        return all(_agree(one, other) for one, other in arrays)


def _agree(one: np.ndarray, other: np.ndarray) -> bool:
    """In pieces, as a large picture is in memory often enough; a maximum of NaN is NaN, which agrees with nothing."""
    pieces = [slice(start, start + PIECE) for start in range(0, max(1, one.size), PIECE)]
    flat, others = one.reshape(-1), other.reshape(-1)
    difference = np.max([np.abs(flat[piece] - others[piece]).max(initial=0) for piece in pieces])
    largest = [float(np.abs(others[piece]).max(initial=0)) for piece in pieces]
    return bool(np.isfinite(largest).all() and difference <= SAME * max(largest))
