"""What a script shows of its numbers: prints, asks about, or saves. It may show its loss and never train on it."""

from __future__ import annotations

import re
import sys
from typing import Any

import numpy as np

from steadystyle.doctor import source
from steadystyle.doctor.observed import SHOWN, SHOWN_INFINITE, Sighting

AIM = re.compile(r"loss|cost|objective|energy|error|nll|elbo|likelihood|perplexity|mse|mae|\bkl", re.IGNORECASE)
"""Names of what a program wants to be small; another single number that is shown may be NaN and do no harm."""


class Shown:
    """The last that each place of the program has shown."""

    def __init__(self) -> None:
        self._last: dict[Any, Sighting] = {}
        self._aims: set[Any] = set()
        """Places whose number counts though another one is trained on: whole tensors, and aims by their name."""

    def look(self, tensor: Any, array: np.ndarray, only_nan: bool, step: int, call: int) -> Any:
        """One is shown: the key of its place where it is the first bad one there, else None."""
        if array.dtype.kind not in "fV":
            return None
        array = array.astype(np.float32) if array.dtype.itemsize < 4 or array.dtype.kind == "V" else array
        nan = bool(np.isnan(array).any())
        bad = nan if only_nan or array.size > 1 else not np.isfinite(array).all()
        if not bad and not self._last:
            return None
        lines = source.stack()
        if not lines:
            return None
        file, number, _, _, instruction = lines[0]
        key = (file, number, instruction, _names(tensor))
        if not bad:
            self._last.pop(key, None)
            return None
        if key in self._last:
            return None
        place = source.place(lines[0])
        self._last[key] = Sighting("loss", step, call, place, SHOWN if nan else SHOWN_INFINITE)
        if array.size > 1 or AIM.search(" ".join(key[3]) or place.code):
            self._aims.add(key)
        return key

    def verdict(self, trains: bool) -> tuple[Any, Sighting | None]:
        """What counts at the end. Where something is trained, and stayed finite, only aims and whole tensors do.

        An infinite number counts only where nothing is trained: the quality of a perfect picture is infinite.
        """
        for key, sighting in self._last.items():
            if not (trains and (sighting.note == SHOWN_INFINITE or key not in self._aims)):
                return key, sighting
        return None, None


def _names(tensor: Any) -> tuple[str, ...]:
    """What the user's innermost function calls a tensor."""
    frame = sys._getframe(1)
    while frame is not None and not source.is_own(frame.f_code.co_filename):
        frame = frame.f_back  # type: ignore[assignment]
    return tuple(name for name, value in frame.f_locals.items() if value is tensor) if frame else ()
