"""Train a network for styles of its own, behind the guard."""

from __future__ import annotations

import hashlib
import math
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from steadystyle.core import discover
from steadystyle.core.contracts import Schedule
from steadystyle.core.errors import OutputError, PictureError
from steadystyle.core.outcome import Event, Outcome
from steadystyle.core.precision import choose_precision
from steadystyle.core.settings import TrainSettings
from steadystyle.feedforward.checkpoint import load_state, save_state
from steadystyle.feedforward.crops import Crops, files_in
from steadystyle.feedforward.model_file import POLICIES
from steadystyle.feedforward.network import StyleNetwork
from steadystyle.feedforward.objective import StyleObjective
from steadystyle.guard.callback import NumericsGuard
from steadystyle.images.arrays import Picture, as_styles

HELD_BACK = 8
"""Pictures that are validated with and never trained on, if there are ten times as many."""
LEAST_GAIN = 1e-3
"""The share by which a validation has to be below the best one to count as better."""
IRRELEVANT = ("time_limit", "patience", "look_every")
"""Settings that a training may be resumed with other values of."""


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
class Trained:
    """A finished training; `network` has finite weights whatever happened."""

    network: StyleNetwork
    outcome: Outcome
    steps: int
    looks: tuple[Look, ...] = field(default=(), repr=False)
    events: tuple[Event, ...] = ()
    broken: tuple[str, ...] = ()


Report = Callable[[Look, Callable[[], np.ndarray]], None]
"""Called at each validation; the second argument makes the held-back pictures (N, size, size, 3) in the styles."""


def train(
    styles: Picture | Sequence[Picture],
    images: Path,
    *,
    names: Sequence[str] | None = None,
    settings: TrainSettings | None = None,
    checkpoint: Path | None = None,
    report: Report | None = None,
    stop: Callable[[], bool] = lambda: False,
    **overrides: Any,
) -> Trained:
    """Train one network for all the `styles`.

    Args:
        styles: paths or arrays, as `stylize` takes them.
        images: a folder with photographs of any size, also below it. Broken ones are left out.
        names: of the styles; their files' names if None.
        settings: the defaults if None.
        checkpoint: a file that the state is written to at each validation, and read from if it is there: the training
            then goes on to the bit as it would have on the same processor, unless the guard had to repair something.
        report: called at each validation.
        stop: asked after each step; True ends the training with a checkpoint.
        overrides: single settings by name, over those of `settings`.

    Raises:
        PictureError: a style or the folder cannot be used, or more than half of the pictures are broken.
        SettingsError: a setting has no possible meaning.
        OutputError: the checkpoint cannot be written, or is of another training.

    Source: Johnson et al., ECCV 2016; several styles in one network after Dumoulin et al., ICLR 2017.
    """
    settings = (settings or TrainSettings()).replaced(overrides)
    pictures = [one.picture for one in as_styles(styles)]
    run = _Run(pictures, names or _names(styles, len(pictures)), images, settings, checkpoint, report, stop)
    return run.trained()


def _names(styles: Any, count: int) -> list[str]:
    given = styles if isinstance(styles, list | tuple) else [styles]
    paths = [Path(one).stem if isinstance(one, str | Path) else "" for one in given]
    return [paths[number] or f"style {number + 1}" for number in range(count)]


class _Run:
    """Network, pictures, and what happens at which step."""

    def __init__(
        self,
        styles: list[np.ndarray],
        names: Sequence[str],
        images: Path,
        settings: TrainSettings,
        checkpoint: Path | None,
        report: Report | None,
        stop: Callable[[], bool],
    ) -> None:
        self.settings, self.checkpoint, self.report, self.stop = settings, checkpoint, report, stop
        precision = choose_precision(settings.precision)
        files = files_in(images)
        order = np.random.default_rng([settings.seed, 2]).permutation(len(files))
        held = HELD_BACK if len(files) >= 10 * HELD_BACK else 0
        training = [files[number] for number in sorted(order[held:])]
        self.crops = Crops(training, settings.batch, settings.size, len(styles), settings.seed)
        looked_at = [files[number] for number in order[:held]] or training
        self.held_back = tf.constant(Crops(looked_at, 4, settings.size, len(styles), settings.seed).at(0)[0])
        self._count = len(names)
        self.network = StyleNetwork(names, settings.variant, dtype=POLICIES[precision])
        self._set_kernels()
        backbone = "float32" if precision == "float16" else precision
        objective = StyleObjective(styles, settings, backbone)
        self.network.compile(keras.optimizers.Adam(settings.learning_rate), objective, jit_compile=False)
        self.network.optimizer.build(self.network.trainable_variables)
        self.state = [*self.network.weights, *self.network.optimizer.variables]
        digest = hashlib.sha256(b"".join(style.tobytes() for style in styles)).hexdigest()
        known = {name: value for name, value in settings.as_dict().items() if name not in IRRELEVANT}
        self.record = {**known, "styles": digest, "names": list(names), "pictures": len(files)}
        self.start = load_state(checkpoint, self.state, self.record) if checkpoint else 0
        self._validate = tf.function(self._validation, autograph=False)

    def _set_kernels(self) -> None:
        """By our own seed: Keras's would be everybody's."""
        generator = np.random.default_rng([self.settings.seed, 3])
        for variable in self.network.trainable_variables:
            if variable.name == "kernel":
                deviation = math.sqrt(2 / math.prod(variable.shape[:-1]))
                variable.assign(generator.normal(scale=deviation, size=variable.shape))

    def trained(self) -> Trained:
        """Train to the end."""
        guard, pace = NumericsGuard(), _Pace(self)
        pace.guard = guard
        if self.start < self.settings.steps:
            try:
                batches = self.crops.dataset(self.start, self.settings.steps)
                self.network.fit(batches, verbose=0, shuffle=False, callbacks=[guard, pace])
            except tf.errors.OpError as error:
                if len(self.crops.broken) == len(self.crops.files):
                    raise PictureError("none of the pictures can be read any more; check the folder") from error
                raise
        repaired = Outcome.REPAIRED if guard.events else Outcome.FINISHED
        outcome = Outcome.GAVE_UP if guard.gave_up else pace.ended or repaired
        broken = tuple(self.crops.broken.values())
        return Trained(self.network, outcome, pace.step, tuple(pace.looks), tuple(guard.events), broken)

    def save(self, step: int) -> None:
        """Write the checkpoint; where that fails the old one stands, and training goes on."""
        if self.checkpoint is None:
            return
        try:
            save_state(self.checkpoint, self.state, step, self.record)
        except OutputError as error:
            warnings.warn(f"{error}; the checkpoint before it still stands", stacklevel=2)

    def validate(self) -> dict[str, float]:
        """The terms on the pictures held back, mean over the styles."""
        found = [self._validate(self._shares([number] * len(self.held_back))) for number in range(self._count)]
        terms = {name: float(np.mean([of_style[name] for of_style in found])) for name in found[0]}
        return {"loss": sum(terms.values()), **terms}

    def _validation(self, shares: tf.Tensor) -> dict[str, tf.Tensor]:
        assert self.network.objective is not None
        return dict(self.network.objective(self.held_back, self.network(self.held_back, shares), shares))

    def pictures(self) -> np.ndarray:
        """The pictures held back, one after the other in the styles in turn."""
        shares = self._shares([number % self._count for number in range(len(self.held_back))])
        made: np.ndarray = self.network(self.held_back, shares).numpy()
        return made

    def _shares(self, numbers: list[int]) -> tf.Tensor:
        return tf.one_hot(numbers, self._count)


class _Pace(keras.callbacks.Callback):
    """Sets the learning rate before each step; validates, reports and saves after some; says when it is enough."""

    guard: NumericsGuard

    def __init__(self, run: _Run) -> None:
        super().__init__()
        self._run, self._settings = run, run.settings
        self._schedule = discover.feature("steadystyle.optimizers.schedules", run.settings.schedule, Schedule)()  # type: ignore[type-abstract]
        self.step, self.looks = run.start, list[Look]()
        self.ended: Outcome | None = None
        self._losses, self._recent = list[float](), list[dict[str, float]]()
        self._began, self._best, self._worse = time.monotonic(), math.inf, 0

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        factor = self._schedule.factor(self.step, self._settings.steps, self._losses)
        self.model.optimizer.learning_rate.assign(self._settings.learning_rate * factor)
        self.model.reset_metrics()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.step += 1
        values = {name: float(value) for name, value in (logs or {}).items()}
        if math.isfinite(values.get("loss", math.nan)) and any(values.values()):
            self._losses.append(values["loss"])
            self._recent.append(values)
        last = self.step == self._settings.steps
        self.ended = self._end()
        if self.step % self._settings.look_every == 0 or last or self.ended:
            self._look()
        if self.ended is not None:
            self.model.stop_training = True

    def _end(self) -> Outcome | None:
        limit = self._settings.time_limit
        if self._run.stop():
            return Outcome.STOPPED
        if limit is not None and time.monotonic() - self._began > limit:
            return Outcome.OUT_OF_TIME
        return None

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
            broken=len(self._run.crops.broken),
            bad_steps=self.guard.bad_steps,
        )
        self.looks.append(look)
        if self._run.report is not None:
            self._run.report(look, self._run.pictures)
        if not self.guard.gave_up:
            self._run.save(self.step)
        self._judge(validation["loss"])

    def _judge(self, loss: float) -> None:
        """Early stopping."""
        if loss < (1 - LEAST_GAIN) * self._best:
            self._best, self._worse = loss, 0
            return
        self._worse += 1
        if self._settings.patience is not None and self._worse >= self._settings.patience:
            self.ended = Outcome.CONVERGED
