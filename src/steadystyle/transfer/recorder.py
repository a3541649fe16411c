"""What a run tells: a record for each measurement, an event for each repair; and when it is asked to end."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from steadystyle.core.flow import Measurement
from steadystyle.core.outcome import Event, Outcome, StepRecord

Report: TypeAlias = Callable[[StepRecord | Event, Callable[[], np.ndarray]], None]
"""Told of each measurement and event, with a way to get the best picture so far, (H, W, 3)."""


class Recorder:
    """Collects the history of one run and passes it on as it happens.

    Args:
        report: who wants to know; None for nobody.
        stop: asked before each step whether to end the run.
        time_limit: in seconds from now.
        best_picture: the best picture so far.
    """

    def __init__(
        self,
        report: Report | None,
        stop: Callable[[], bool] | None,
        time_limit: float | None,
        best_picture: Callable[[], np.ndarray],
    ) -> None:
        self._report, self._stop, self._best_picture = report, stop, best_picture
        self._began = self._last = time.perf_counter()
        self._time_limit = time_limit
        self.scale = 0
        self.history: list[StepRecord] = []
        self.events: list[Event] = []
        self._seconds_before = 0.0

    def go_on(self, history: Sequence[StepRecord], events: Sequence[Event], seconds: float) -> None:
        """Begin with what was recorded in earlier sittings of the same run, which took `seconds`."""
        self.history, self.events, self._seconds_before = list(history), list(events), seconds

    @property
    def seconds(self) -> float:
        """That the run took, in all its sittings."""
        return self._seconds_before + self._seconds_now

    @property
    def _seconds_now(self) -> float:
        return time.perf_counter() - self._began

    @property
    def losses(self) -> list[float]:
        """Those accepted at this scale, oldest first."""
        return [record.loss for record in self.history if record.accepted and record.scale == self.scale]

    def on_step(self, measurement: Measurement, learning_rate: float, accepted: bool) -> None:
        """Record one gradient evaluation; `seconds` counts from the one before, with the optimizer's share in it."""
        now = time.perf_counter()
        record = StepRecord(
            step=len(self.history),
            scale=self.scale,
            height=int(measurement.image.shape[1]),
            width=int(measurement.image.shape[2]),
            loss=float(measurement.loss),
            terms={name: float(value) for name, value in measurement.terms.items()},
            gradient_norm=float(measurement.gradient_norm),
            learning_rate=learning_rate,
            accepted=accepted,
            seconds=now - self._last,
        )
        self._last = now
        self.history.append(record)
        if self._report is not None:
            self._report(record, self._best_picture)

    def on_event(self, where: str, cause: str, evidence: str, remedy: str, effect: str, repaired: bool = True) -> None:
        """Record what was seen at the last measurement, or before the first, and done."""
        event = Event(len(self.history) - 1, where, cause, evidence, remedy, effect, repaired=repaired)
        self.events.append(event)
        if self._report is not None:
            self._report(event, self._best_picture)

    def interrupted(self) -> Outcome | None:
        """Why the run has to end now, if it has."""
        if self._stop is not None and self._stop():
            return Outcome.STOPPED
        if self._time_limit is not None and self._seconds_now >= self._time_limit:
            return Outcome.OUT_OF_TIME
        return None
