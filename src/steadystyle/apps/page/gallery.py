"""The best picture at each repair, kept small while a run goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from steadystyle.core.outcome import Event, StepRecord
from steadystyle.images.thumbnail import as_webp

MOST_PICTURES = 12
SIZE = 256
"""Longest side in pixels."""


@dataclass
class Moment:
    """One picture, and the steps of the repairs that found it as the best so far."""

    webp: bytes
    steps: list[int] = field(default_factory=list)


class Gallery:
    """Hears a run, keeps the first and the last pictures of its repairs; those between give way."""

    def __init__(self) -> None:
        self._moments: list[Moment] = []

    @property
    def moments(self) -> Sequence[Moment]:
        """In the order of their steps."""
        return self._moments

    def __call__(self, heard: StepRecord | Event, best_picture: Callable[[], np.ndarray]) -> None:
        """Take one report of the engine."""
        if isinstance(heard, StepRecord) or heard.step < 0:  # in set-up there is no picture of the run's making yet
            return
        webp = as_webp(best_picture(), SIZE)
        if not self._moments or self._moments[-1].webp != webp:  # several tries may start from one picture
            self._moments.append(Moment(webp))
        self._moments[-1].steps.append(heard.step)
        if len(self._moments) > MOST_PICTURES:
            del self._moments[MOST_PICTURES // 2]
