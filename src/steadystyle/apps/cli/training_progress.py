"""How far a training is: a bar on a terminal that moves with each step; in a file or a pipe a line a validation."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from steadystyle.apps.cli.bar import MovingBar
from steadystyle.apps.cli.progress import duration, health

if TYPE_CHECKING:
    from steadystyle.feedforward.pace import Look, Step


def progress_for(steps: int, *, quiet: bool, stream: TextIO | None = None) -> Silent:
    """The progress that fits `stream` (standard error): silent, a bar, or lines."""
    stream = stream or sys.stderr
    if quiet:
        return Silent()
    return Bar(steps, stream) if stream.isatty() else Lines(steps, stream)


class Silent:
    """Says nothing. Entered before the first step, left after the last."""

    def say(self, message: str) -> None:
        """Something that is neither step nor validation."""

    def step(self, step: Step) -> None:
        """One step."""

    def look(self, look: Look) -> None:
        """A validation."""

    def __enter__(self) -> Silent:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Lines(Silent):
    """A plain line at each validation."""

    def __init__(self, steps: int, stream: TextIO) -> None:
        self._steps, self._stream = steps, stream

    def say(self, message: str) -> None:
        """Write `message` as a line."""
        print(f"steadystyle: {message}", file=self._stream, flush=True)

    def look(self, look: Look) -> None:
        """What was seen, what was left out and undone so far, and how long the rest takes."""
        left = (self._steps - look.step) * look.seconds / max(1, look.step - look.first_step)
        more = f", {duration(left)} to go" if look.step < self._steps else ""
        self.say(f"step {look.step} of {self._steps}: {losses_of(look.validation)}{more}{troubles_of(look)}")


class Bar(MovingBar, Silent):
    """A bar with the time left, the losses, the rate and the training's health; validations are told above it."""

    def __init__(self, steps: int, stream: TextIO) -> None:
        super().__init__(stream, total=float(steps))
        self._steps = steps
        self._first: tuple[int, float] | None = None

    def step(self, step: Step) -> None:
        """Move the bar."""
        now = time.monotonic()
        self._first = self._first or (step.step, now)  # the first one builds the graph, and would foretell hours
        taken, seconds = step.step - self._first[0], now - self._first[1]
        left = f"{duration((self._steps - step.step) * seconds / taken)} left  " if taken else ""
        loss = losses_of(step.training) if self._is_wide else f"loss {step.training.get('loss', float('nan')):.4g}"
        undone = f", {step.bad_steps} bad steps undone" if step.bad_steps else ""
        details = f"{left}{health(step.repairs)}{undone}  rate {step.learning_rate:.3g}  {loss}"
        self._move(step.step, f"step {step.step} of {self._steps}", details)

    def look(self, look: Look) -> None:
        """What was seen, above the bar."""
        self.say(f"step {look.step}: validation {losses_of(look.validation)}{troubles_of(look)}")


def losses_of(values: dict[str, float]) -> str:
    """`loss 0.2134 (content 0.31, style 0.085)`; `no good step yet` if there are none."""
    if not values:
        return "no good step yet"
    terms = ", ".join(f"{name} {value:.3g}" for name, value in values.items() if name != "loss")
    return f"loss {values['loss']:.4g} ({terms})"


def troubles_of(look: Look) -> str:
    """Steps undone and pictures left out, if any."""
    bad = f"; {look.bad_steps} bad steps undone" if look.bad_steps else ""
    return bad + (f"; {look.broken} broken pictures left out" if look.broken else "")
