"""What every later step depends on is made twice, and a third time where the two differ.

Pictures, targets and starts are made once for each size and then used a hundred times. An error that makes one of them
wrong and leaves it finite (a flipped bit, a kernel that raced) would be noticed by nobody.
"""

from __future__ import annotations

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


def made_twice(make: Callable[[], Made], where: str, tell: Tell) -> Made:
    """What `make` makes: an array, a tensor or a nest of them; as two of three agree on it."""
    first, second = make(), make()
    if _alike(first, second):
        return second
    nonfinite = first_nonfinite(second)
    if nonfinite is None:
        cause, evidence = "backend-bug", "made twice from the same, it differs"
    else:
        cause, evidence = "nonfinite-input", nonfinite[1]
    tell(where, cause, evidence, "made it a third time", "nothing else changes")
    return make()


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
    difference = max(float(np.abs(flat[piece] - others[piece]).max(initial=0)) for piece in pieces)
    largest = [float(np.abs(others[piece]).max(initial=0)) for piece in pieces]
    return bool(np.isfinite(largest).all()) and difference <= SAME * max(largest)
