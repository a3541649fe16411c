"""What happens at which step of a training: the learning rate, validations, checkpoints, and when it is enough."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import keras
import numpy as np

from steadystyle.core import discover
from steadystyle.core.contracts import Schedule
from steadystyle.core.outcome import Outcome
from steadystyle.core.settings import TrainSettings
from steadystyle.feedforward.checkpoint import Best
from steadystyle.guard.callback import NumericsGuard

LEAST_GAIN = 1e-3
"""The share by which a validation has to be below the best one to count as better."""


@dataclass(frozen=True)
class Look:
    """What was seen at a validation: the loss and its weighted terms, of training since the last one and on pictures
    held back.
    """

    step: int
    first_step: int
    """Where this process began."""
    seconds: float
    learning_rate: float
    training: dict[str, float]
    validation: dict[str, float]
    broken: int
    """Files left out so far, as they could not be read."""
    bad_steps: int
    """Steps that the guard has undone so far."""


Report = Callable[[Look, Callable[[], np.ndarray]], None]
"""Called at each validation; the second argument makes the held-back pictures (N, size, size, 3) in the styles."""


class Run(Protocol):
    """A training, as its pace sees it."""

    start: int
    before: list[float]
    """The losses of its validations in earlier processes."""
    best: Best | None
    """The best of them."""
    stop: Callable[[], bool]

    @property
    def broken(self) -> int:
        """How many pictures were left out so far."""

    def validate(self) -> dict[str, float]:
        """The loss and its terms on pictures held back."""

    def weights(self) -> list[np.ndarray]:
        """The network's, as they are."""

    def keep(self, step: int, validations: Sequence[float], best: Best | None) -> None:
        """Write a checkpoint."""

    def tell(self, look: Look) -> None:
        """Report a validation."""


class Pace(keras.callbacks.Callback):
    """Sets the learning rate before each step; validates, reports and saves after some; says when it is enough.

    All that it goes by is the step and the losses of the validations so far, which are in the checkpoint: a training
    that is resumed has the rates and the end that it would have had.

    Attributes:
        step: how many were taken.
        looks: the validations of this process.
        best: the weights that validated best, also in earlier processes; None if no validation was finite.
        ended: why it ends before its last step; None if it does not.
    """

    def __init__(self, run: Run, guard: NumericsGuard, settings: TrainSettings) -> None:
        super().__init__()
        self._run, self._guard, self._settings = run, guard, settings
        self._schedule = discover.feature("steadystyle.optimizers.schedules", settings.schedule, Schedule)()  # type: ignore[type-abstract]
        self.step, self.looks, self.best = run.start, list[Look](), run.best
        self.ended = Outcome.CONVERGED if self._is_enough() else None
        self._recent = list[dict[str, float]]()
        self._began = time.monotonic()

    @property
    def _validations(self) -> list[float]:
        return [*self._run.before, *(look.validation["loss"] for look in self.looks)]

    @property
    def _is_over(self) -> bool:
        return self.ended is not None or self._guard.gave_up

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        factor = self._schedule.factor(self.step, self._settings.steps, self._validations)
        self.model.optimizer.learning_rate.assign(self._settings.learning_rate * factor)
        self.model.reset_metrics()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.step += 1
        values = {name: float(value) for name, value in (logs or {}).items()}
        if math.isfinite(values.get("loss", math.nan)) and any(values.values()):  # of a step undone, all are 0
            self._recent.append(values)
        limit = self._settings.time_limit
        if self._run.stop():
            self.ended = Outcome.STOPPED
        elif limit is not None and time.monotonic() - self._began > limit:
            self.ended = Outcome.OUT_OF_TIME
        if self.step % self._settings.look_every == 0 or self.step == self._settings.steps or self._is_over:
            self._look()
        if self.ended is not None:
            self.model.stop_training = True

    def _look(self) -> None:
        validation = self._run.validate()
        names = self._recent[0] if self._recent else {}
        training = {name: float(np.mean([values[name] for values in self._recent])) for name in names}
        self._recent.clear()
        look = Look(
            step=self.step,
            first_step=self._run.start,
            seconds=time.monotonic() - self._began,
            learning_rate=float(self.model.optimizer.learning_rate.numpy()),
            training=training,
            validation=validation,
            broken=self._run.broken,
            bad_steps=self._guard.bad_steps,
        )
        before, loss = self.best, validation["loss"]
        if loss < (math.inf if before is None else before.loss):  # a NaN is not
            self.best = Best(self.step, loss, self._run.weights())
        # Where it stops in between, this is no validation that the whole training would have had.
        in_between = self.step % self._settings.look_every != 0 and self.step != self._settings.steps
        if not self._guard.gave_up:
            validations = self._validations if in_between else [*self._validations, loss]
            self._run.keep(self.step, validations, before if in_between else self.best)
        self.looks.append(look)
        self._run.tell(look)
        if self.ended is None and self._is_enough():
            self.ended = Outcome.CONVERGED

    def _is_enough(self) -> bool:
        """Early stopping: too many validations in a row without a better one."""
        best, worse = math.inf, 0
        for loss in self._validations:
            best, worse = (loss, 0) if loss < (1 - LEAST_GAIN) * best else (best, worse + 1)
        return self._settings.patience is not None and worse >= self._settings.patience
