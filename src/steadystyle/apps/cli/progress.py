"""How far a run is, what it measures and how it fares: a bar on a terminal, a line now and then in a file or a pipe."""

from __future__ import annotations

import statistics
import sys
import time
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, TextIO

from steadystyle.apps.cli.bar import MovingBar
from steadystyle.core.outcome import Event, StepRecord
from steadystyle.transfer.scales import Scale

LINE_EVERY = 30.0
"""Seconds after which a silent log looks dead."""
EVENTS_SHOWN = 5
"""Repairs told one by one; the report has them all."""


class Progress(Protocol):
    """Who is told of a run. Entered before the first step, left after the last."""

    def say(self, message: str) -> None:
        """Something that is not a step."""

    def step(self, record: StepRecord) -> None:
        """One gradient evaluation."""

    def event(self, event: Event) -> None:
        """Something that the guard repaired."""

    def past(self, history: Sequence[StepRecord], events: Sequence[Event]) -> None:
        """What an earlier sitting of the run did; it counts, and is not told again."""

    def __enter__(self) -> Progress: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def progress_for(scales: Sequence[Scale], *, quiet: bool, stream: TextIO | None = None) -> Progress:
    """The progress that fits `stream` (standard error): silent, a bar, or lines."""
    stream = stream or sys.stderr
    if quiet:
        return Silent()
    return Bar(Pace(scales), stream) if stream.isatty() else Lines(Pace(scales), stream)


class Pace:
    """How much of a run is done and how long the rest takes.

    Work is counted in pixels: a step at half the size costs a quarter, so a count of steps would promise too little.
    """

    def __init__(self, scales: Sequence[Scale]) -> None:
        self.evaluations = sum(scale.steps for scale in scales)
        self._scales = scales
        self._work = [scale.height * scale.width * scale.steps for scale in scales]
        self._steps = [0 for _ in scales]
        # The middle of the last few: the first step of a scale also builds its graph, and a laptop's speed changes.
        self._seconds_a_pixel: deque[float] = deque(maxlen=10)
        self.share = 0.0
        self.seconds_left: float | None = None

    def count(self, record: StepRecord) -> None:
        """Take one more step into account; a scale that ended early counts as done."""
        scale = self._scales[record.scale]
        pixels = scale.height * scale.width
        self._steps[record.scale] += 1
        if record.step > 0:  # the very first one would foretell hours
            self._seconds_a_pixel.append(record.seconds / pixels)
        done = sum(self._work[: record.scale]) + pixels * min(self._steps[record.scale], scale.steps)
        self.share = done / sum(self._work)
        if self._seconds_a_pixel:
            self.seconds_left = (sum(self._work) - done) * statistics.median(self._seconds_a_pixel)

    def count_past(self, history: Sequence[StepRecord], events: Sequence[Event]) -> int:
        """Take what an earlier sitting did into account; returns how many repairs there were."""
        for record in history:
            self.count(record)
        return sum(event.repaired for event in events)


def losses_of(record: StepRecord) -> str:
    """`loss 0.2134 (content 0.31, style 0.085)`."""
    terms = ", ".join(f"{name} {value:.3g}" for name, value in record.terms.items())
    return f"loss {record.loss:.4g}" + (f" ({terms})" if terms else "")


def duration(seconds: float) -> str:
    """`0.4 s`, `37 s`, `4 min 10 s`, `3 h 20 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def health(repairs: int) -> str:
    """The run's health in a word."""
    return {0: "healthy", 1: "1 repair"}.get(repairs, f"{repairs} repairs")


def event_line(event: Event, count: int) -> str | None:
    """One line for the first few events, a last one that says where the rest are, then None."""
    if count < EVENTS_SHOWN:
        evidence = f" ({event.evidence})" if event.evidence else ""
        return f"{event.when}: {event.cause} in {event.where}{evidence}: {event.remedy}; {event.effect}"
    return "more repairs are only counted from here; --report or --json tells all" if count == EVENTS_SHOWN else None


class Silent:
    """Says nothing."""

    def say(self, message: str) -> None: ...

    def step(self, record: StepRecord) -> None: ...

    def event(self, event: Event) -> None: ...

    def past(self, history: Sequence[StepRecord], events: Sequence[Event]) -> None: ...

    def __enter__(self) -> Silent:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Lines(Silent):
    """A plain line at each new size, at each tenth of the way, and at least every half minute."""

    def __init__(self, pace: Pace, stream: TextIO) -> None:
        self._pace, self._stream = pace, stream
        self._repairs = 0
        self._told: tuple[int, int] | None = None
        self._told_at = 0.0

    def say(self, message: str) -> None:
        """Write `message` as a line."""
        print(f"steadystyle: {message}", file=self._stream, flush=True)

    def past(self, history: Sequence[StepRecord], events: Sequence[Event]) -> None:
        """Count them."""
        self._repairs += self._pace.count_past(history, events)

    def step(self, record: StepRecord) -> None:
        """Write a line if it is time for one."""
        self._pace.count(record)
        now, reached = time.monotonic(), (record.scale, int(self._pace.share * 10))
        if reached == self._told and now - self._told_at < LINE_EVERY:
            return
        self._told, self._told_at = reached, now
        left = f", {duration(self._pace.seconds_left)} left" if self._pace.seconds_left else ""
        where = f"step {record.step + 1} of {self._pace.evaluations} at {record.width}x{record.height}"
        self.say(f"{self._pace.share:4.0%}  {where}  {losses_of(record)}  {health(self._repairs)}{left}")

    def event(self, event: Event) -> None:
        """Write the first few, count the rest."""
        line = event_line(event, self._repairs)
        self._repairs += event.repaired
        if line is not None:
            self.say(line)


class Bar(MovingBar, Silent):
    """A bar with the time left, the losses and the run's health."""

    def __init__(self, pace: Pace, stream: TextIO) -> None:
        super().__init__(stream, total=1.0)
        self._pace, self._repairs = pace, 0

    def past(self, history: Sequence[StepRecord], events: Sequence[Event]) -> None:
        """Count them."""
        self._repairs += self._pace.count_past(history, events)

    def step(self, record: StepRecord) -> None:
        """Move the bar."""
        self._pace.count(record)
        left = "" if self._pace.seconds_left is None else f"{duration(self._pace.seconds_left)} left  "
        losses = losses_of(record) if self._is_wide else f"loss {record.loss:.4g}"
        details = f"{left}{health(self._repairs)}  {losses}"
        self._move(self._pace.share, f"{record.width}x{record.height}", details)

    def event(self, event: Event) -> None:
        """Write the first few above the bar, count the rest."""
        line = event_line(event, self._repairs)
        self._repairs += event.repaired
        if line is not None:
            self.say(line)
