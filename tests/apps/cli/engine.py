"""A stand-in for the engine, it computes nothing, but reports, polls and returns as the real one does."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from steadystyle.core.outcome import Event, Outcome, Result, StepRecord
from steadystyle.core.settings import Settings
from steadystyle.images.recognised import Recognised
from steadystyle.transfer.scales import plan

EVENT = Event(
    step=1, where="gradient", cause="not finite", evidence="3 of 12 entries", remedy="halved the step", effect="finite"
)


class FakeEngine:
    """Takes the planned steps without computing; each step is reported with a loss that falls.

    Args:
        outcome: how a run that is not stopped ends.
        events: reported after the second step.
        on_step: called with each step's number before it is reported; may send signals or raise.
    """

    def __init__(
        self,
        outcome: Outcome = Outcome.FINISHED,
        events: Sequence[Event] = (),
        on_step: Callable[[int], None] = lambda step: None,
    ) -> None:
        self.outcome, self.events, self.on_step = outcome, tuple(events), on_step
        self.calls: list[Settings] = []

    def stylize(
        self,
        content: Recognised,
        style: Sequence[Recognised],
        *,
        settings: Settings,
        report: Callable[[StepRecord | Event, Callable[[], np.ndarray]], None],
        stop: Callable[[], bool],
        checkpoint: None = None,
    ) -> Result:
        """What `steadystyle.transfer.stylize.stylize` does, less the arithmetic: the picture is grey."""
        self.calls.append(settings)
        scales, history = plan(settings, *content.picture.shape[:2]), list[StepRecord]()
        image = np.full((scales[-1].height, scales[-1].width, 3), 0.5, np.float32)
        outcome = self.outcome
        sizes = [(number, scale) for number, scale in enumerate(scales) for _ in range(scale.steps)]
        for step, (number, scale) in enumerate(sizes):
            if stop():
                outcome = Outcome.STOPPED
                break
            self.on_step(step)
            loss = float("nan") if step == 1 and self.events else 1 / (1 + step)
            record = StepRecord(step, number, scale.height, scale.width, loss, {"content": loss}, 0.1, 1.0, True, 0.01)
            history.append(record)
            report(record, lambda: image)
            for event in self.events if step == 1 else ():
                report(event, lambda: image)
        facts = {"versions": {"python": "3"}, "peak_memory_bytes": 1}
        last = history[-1].loss
        return Result(image, outcome, last, {"content": last}, settings, tuple(history), self.events, facts)

    def install(self, set_module: Callable[[str, Any], None] = sys.modules.__setitem__) -> FakeEngine:
        """Put this in the real engine's place, and TensorFlow out of reach: nothing here may need it."""
        from steadystyle.apps.cli import tensorflow_quietly

        module = types.ModuleType("steadystyle.transfer.stylize")
        module.stylize = self.stylize  # type: ignore[attr-defined]
        set_module(module.__name__, module)
        tensorflow_quietly.import_tensorflow = lambda: None
        return self
