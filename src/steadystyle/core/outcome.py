"""Every way a run can end, and what comes back from it. Loads no TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from steadystyle.core.settings import Settings


class Outcome(Enum):
    """How a run ended; the value is the advice, in a sentence."""

    FINISHED = "The run took all its steps."
    CONVERGED = "The loss stopped falling before the steps ran out: more steps would change little."
    REPAIRED = "Something went bad on the way and was repaired: the report tells what and how."
    STOPPED = "You stopped the run: this is the best picture so far. More steps may improve it."
    OUT_OF_TIME = "The time limit ended the run: this is the best picture so far."
    GAVE_UP = (
        "The numbers went bad again and again and no repair helped: this is the best finite picture. "
        "See the report's events; a smaller learning rate or smaller weights are the first things to try."
    )

    @property
    def exit_code(self) -> int:
        """The status of the command line: 0, 130 after Ctrl-C, 7 when the guard gave up."""
        return {Outcome.STOPPED: 130, Outcome.GAVE_UP: 7}.get(self, 0)


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What one gradient evaluation measured; plain numbers, for reports and progress.

    `step` counts from 0 over the whole run; `height` and `width` are the picture's at that scale.
    """

    step: int
    scale: int
    height: int
    width: int
    loss: float
    terms: Mapping[str, float]
    gradient_norm: float
    learning_rate: float
    accepted: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was seen and done, by the guard or while a picture was read: nothing is mended silently.

    `step` is -1 for what was done before the first step; `where` then names the picture: content, style, style 2.
    `repaired` is False for what is only said: a picture that was sound, in another form (see docs/inputs.md).
    """

    step: int
    where: str
    cause: str
    evidence: str
    remedy: str
    effect: str
    repaired: bool = field(default=True, kw_only=True)

    @property
    def when(self) -> str:
        """For people: `step 12`, or `set-up`."""
        return "set-up" if self.step < 0 else f"step {self.step}"


@dataclass(frozen=True, slots=True, eq=False)  # comparing arrays has no single answer
class Result:
    """A finished run.

    `image` is float32 (H, W, 3), sRGB in [0, 1], always finite; `loss` and `terms` were measured at that very image.
    """

    image: np.ndarray = field(repr=False)
    outcome: Outcome
    loss: float
    terms: Mapping[str, float]
    settings: Settings
    history: tuple[StepRecord, ...] = field(default=(), repr=False)
    events: tuple[Event, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Versions, timings, peak memory, hashes of what came in."""
