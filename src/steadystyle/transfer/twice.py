"""What every later step depends on is made twice, and a third time where the two differ.

Pictures, targets and starts are made once for each size and then used a hundred times. An error that makes one of them
wrong and leaves it finite (a flipped bit, a kernel that raced) would be noticed by nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

import numpy as np
import tensorflow as tf

from steadystyle.core.finite import describe_nonfinite

SAME = 1e-3
"""Of the largest number: the order of sums may differ, in bfloat16 too."""

Tell: TypeAlias = Callable[[str, str, str, str, str], None]
"""Where, cause, evidence, remedy, effect."""
Made = TypeVar("Made")


def made_twice(make: Callable[[], Made], where: str, tell: Tell) -> Made:
    """What `make` makes: an array, a tensor or a nest of them; as two of three agree on it."""
    first, second = make(), make()
    if _alike(first, second):
        return second
    problem = _problem(second)
    cause = "nonfinite-input" if problem else "backend-bug"
    evidence = problem or "made twice from the same, it differs"
    tell(where, cause, evidence, "made it a third time", "nothing else changes")
    return make()


def _problem(nest: Any) -> str:
    """What is not finite in it, in words; empty if nothing is."""
    return next(filter(None, (describe_nonfinite(part) for part in tf.nest.flatten(nest) if part is not None)), "")


def _alike(first: Any, second: Any) -> bool:
    """Whether two nests agree; what is not finite agrees with nothing."""
    pairs = zip(tf.nest.flatten(first), tf.nest.flatten(second), strict=True)
    arrays = ((np.asarray(one), np.asarray(other)) for one, other in pairs if one is not None)
    with np.errstate(invalid="ignore", over="ignore"):
        return all(
            np.isfinite(other).all() and np.abs(one - other).max() <= SAME * np.abs(other).max()
            for one, other in arrays
        )
