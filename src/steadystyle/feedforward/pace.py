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
from steadystyle.core.injection import inject
from steadystyle.core.outcome import Outcome
from steadystyle.core.settings import TrainSettings
from steadystyle.feedforward.checkpoint import Best, Proven
from steadystyle.guard.callback import NumericsGuard

LEAST_GAIN = 1e-3
"""The share by which a validation has to be below the best one to count as better."""

WORSE = 2.0
"""A validation so many times as bad as the best one is that of a runaway. A rate that is far too high drives the last
layer into saturation within a step or two: all losses stay finite, and no gradient leads back.
"""
NO_BETTER = 1.05
"""So many times the loss of the untrained network is too much in the first steps: with a rate that suits, even two of
them make it better.
"""
PROOFS = (2, 8, 32)
"""Steps after the first, and after each time that training had to go back, at which it is looked for runaways between
the validations.
"""


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


@dataclass(frozen=True)
class Step:
    """What is known after a step; `training` is empty as long as no good one was taken."""

    step: int
    learning_rate: float
    training: dict[str, float]
    bad_steps: int
    repairs: int


Report = Callable[[Look, Callable[[], np.ndarray]], None]
"""Called at each validation; the second argument makes the held-back pictures (N, size, size, 3) in the styles."""


class Run(Protocol):
    """A training, as its pace sees it."""

    start: int
    before: list[float]
    """The losses of its validations in earlier processes."""
    best: Best | None
    """The best of them."""
    proven: Proven | None
    """What was gone on from in earlier processes."""
    stop: Callable[[], bool]

    @property
    def broken(self) -> int:
        """How many pictures were left out so far."""

    def validate(self) -> dict[str, float]:
        """The loss and its terms on pictures held back."""

    def weights(self) -> list[np.ndarray]:
        """The network's, as they are."""

    def keep(self, step: int, validations: Sequence[float], best: Best | None, proven: Proven) -> None:
        """Write a checkpoint."""

    def tell(self, look: Look) -> None:
        """Report a validation."""

    def tell_step(self, step: Step) -> None:
        """Report a step."""


class Pace(keras.callbacks.Callback):
    """Sets the learning rate before each step; validates, reports and saves after some; says when it is enough.

    All that it goes by is the step, the validations so far, and the best and the last proven weights, which are in the
    checkpoint: a training that is resumed has the rates and the end that it would have had.

    Attributes:
        step: how many were taken.
        looks: the validations of this process.
        best: the weights that validated best, in earlier processes too, or before the first step; None if no validation
            was finite.
        ended: why it ends before its last step; None if it does not.
    """

    def __init__(self, run: Run, guard: NumericsGuard, settings: TrainSettings) -> None:
        super().__init__()
        self._run, self._guard, self._settings = run, guard, settings
        self._schedule = discover.feature("steadystyle.optimizers.schedules", settings.schedule, Schedule)()  # type: ignore[type-abstract]
        self.step, self.looks, self.best = run.start, list[Look](), run.best
        self._proven = run.proven
        self.ended = Outcome.CONVERGED if self._is_enough() else None
        self._recent, self._last = list[dict[str, float]](), dict[str, float]()
        self._began = time.monotonic()

    @property
    def _validations(self) -> list[float]:
        return [*self._run.before, *(look.validation["loss"] for look in self.looks)]

    @property
    def _is_over(self) -> bool:
        return self.ended is not None or self._guard.gave_up

    @property
    def _rate(self) -> float:
        """The learning rate in effect."""
        return float(self.model.optimizer.learning_rate.numpy()) * self._guard.rate_factor

    def on_train_begin(self, logs: Any = None) -> None:
        if self._proven is None:
            first = self._run.validate()["loss"]
            self._weigh(first)
            self._proven = Proven(first, self.step, self._guard.copy(), first)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        factor = self._schedule.factor(self.step, self._settings.steps, self._validations)
        self.model.optimizer.learning_rate.assign(self._settings.learning_rate * factor)
        self.model.reset_metrics()
        inject("training", self.step, self.model)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.step += 1
        values = {name: float(value) for name, value in (logs or {}).items()}
        if math.isfinite(values.get("loss", math.nan)) and any(values.values()):  # of a step undone, all are 0
            self._recent.append(values)
            self._last = values
        taken = Step(self.step, self._rate, self._last, self._guard.bad_steps, len(self._guard.events))
        self._run.tell_step(taken)
        limit = self._settings.time_limit
        if self._run.stop():
            self.ended = Outcome.STOPPED
        elif limit is not None and time.monotonic() - self._began > limit:
            self.ended = Outcome.OUT_OF_TIME
        if self._is_due or self._is_over:
            self._look()
        elif self._is_to_be_proven:
            self._is_proven(self._run.validate()["loss"])
        if self._is_over:
            self.model.stop_training = True

    @property
    def _is_due(self) -> bool:
        """Whether the whole training, uninterrupted, has a validation here."""
        return self.step % self._settings.look_every == 0 or self.step == self._settings.steps

    @property
    def _is_to_be_proven(self) -> bool:
        """Whether the whole training looks for a runaway here."""
        assert self._proven is not None
        return not self._guard.gave_up and (self._is_due or self.step - self._proven.since in PROOFS)

    def _is_proven(self, loss: float) -> bool:
        """Whether a validation is no runaway's; else training goes back to what was none, with a lower rate."""
        assert self._proven is not None
        best = math.inf if self.best is None else self.best.loss
        # What goes wrong so early does so by its rate; later, by an accident.
        early = self.step - self._proven.since <= PROOFS[-1]
        # What it went back to may be far worse than the best: from there it has to come down once more.
        known = max(best, self._proven.loss)
        if loss <= min(WORSE * known, NO_BETTER * self._proven.first if early else math.inf):  # a NaN is not
            if self.step - self._proven.since >= PROOFS[-1]:  # before, the rate may still turn out to be at fault
                self._proven = self._proven._replace(copy=self._guard.copy(), loss=loss)
            return True
        evidence = f"the validation's loss had grown to {loss:.3g} from {best:.3g}"
        self._guard.go_back(self._proven.copy, evidence, for_good=early)
        self._proven = self._proven._replace(since=self.step)
        return False

    def _weigh(self, loss: float) -> None:
        """Keep the weights if they validated best."""
        if loss < (math.inf if self.best is None else self.best.loss):  # a NaN is not
            self.best = Best(self.step, loss, self._run.weights())

    def _look(self) -> None:
        validation = self._run.validate()
        if self._is_to_be_proven and not self._is_proven(validation["loss"]):
            validation = self._run.validate()
        names = self._recent[0] if self._recent else {}
        training = {name: float(np.mean([values[name] for values in self._recent])) for name in names}
        self._recent.clear()
        look = Look(
            step=self.step,
            first_step=self._run.start,
            seconds=time.monotonic() - self._began,
            learning_rate=self._rate,
            training=training,
            validation=validation,
            broken=self._run.broken,
            bad_steps=self._guard.bad_steps,
        )
        before, loss = self.best, validation["loss"]
        self._weigh(loss)
        assert self._proven is not None
        if self._is_due and not self._guard.gave_up:
            self._run.keep(self.step, [*self._validations, loss], self.best, self._proven)
        elif not self._guard.gave_up:  # what is seen here the whole training would not have seen
            self._run.keep(self.step, self._validations, before, self._proven)
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
