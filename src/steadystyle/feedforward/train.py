"""Train a network for styles of its own, behind the guard."""

from __future__ import annotations

import contextlib
import itertools
import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from steadystyle.checkpoint.kept import Kept
from steadystyle.core.errors import OutputError, WeightsError
from steadystyle.core.finite import first_nonfinite
from steadystyle.core.outcome import Event, Outcome
from steadystyle.core.precision import choose_precision
from steadystyle.core.settings import TrainSettings
from steadystyle.feedforward import starter
from steadystyle.feedforward.checkpoint import NO_MATTER, Best, Proven, TrainingState, identity_of
from steadystyle.feedforward.crops import Crops, middle
from steadystyle.feedforward.decoded import Decoded, files_in
from steadystyle.feedforward.model_file import POLICIES
from steadystyle.feedforward.network import StyleNetwork
from steadystyle.feedforward.objective import StyleObjective
from steadystyle.feedforward.one_pass import taken
from steadystyle.feedforward.pace import Look, Pace, Report, Step
from steadystyle.feedforward.side_by_side import devices_for
from steadystyle.guard.callback import NumericsGuard
from steadystyle.images.arrays import Picture, as_styles

HELD_BACK = 4
"""Pictures that are validated with and never trained on, if there are ten times as many."""


@dataclass(frozen=True)
class Trained:
    """A finished training; `network` has finite weights whatever happened.

    Attributes:
        network: with the weights that validated best.
        steps: how many were taken.
        best_step: after how many of them the network had these weights.
        loss: of these weights, on the pictures held back.
    """

    network: StyleNetwork
    outcome: Outcome
    steps: int
    best_step: int
    loss: float
    looks: tuple[Look, ...] = field(default=(), repr=False)
    events: tuple[Event, ...] = ()
    broken: tuple[str, ...] = ()


def train(
    styles: Picture | Sequence[Picture],
    images: Path,
    *,
    names: Sequence[str] | None = None,
    settings: TrainSettings | None = None,
    checkpoint: Path | None = None,
    report: Report | None = None,
    on_step: Callable[[Step], None] = lambda step: None,
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
            then goes on to the bit as it would have on the same processor (docs/checkpoints.md).
        report: called at each validation.
        on_step: called after each step.
        stop: asked after each step; True ends the training with a checkpoint.
        overrides: single settings by name, over those of `settings`.

    Raises:
        PictureError: a style or the folder cannot be used, or more than half of the pictures are broken.
        SettingsError: a setting has no possible meaning.
        CheckpointError: the checkpoint is damaged with the one before it, of another training, or in use.

    Source: Johnson et al., ECCV 2016; several styles in one network after Dumoulin et al., ICLR 2017.
    """
    settings = (settings or TrainSettings()).replaced(overrides)
    pictures = [taken(one, "style") for one in as_styles(styles)]
    with contextlib.ExitStack() as held:
        kept = None if checkpoint is None else Kept(checkpoint)
        if kept is not None:
            held.callback(kept.close)
            kept.take()
        run = _Run(pictures, names or _names(styles, len(pictures)), images, settings, kept, report, on_step, stop)
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
        kept: Kept | None = None,
        report: Report | None = None,
        on_step: Callable[[Step], None] = lambda step: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self.settings, self.report, self.tell_step, self.stop, self._kept = settings, report, on_step, stop, kept
        precision = choose_precision(settings.precision)
        files, decoded = files_in(images), Decoded(settings.size)
        order = [files[number] for number in np.random.default_rng([settings.seed, 2]).permutation(len(files))]
        readable = (path for path in order if decoded.picture(path) is not None)
        held = list(itertools.islice(readable, HELD_BACK)) if len(files) >= 10 * HELD_BACK else []
        training = sorted(set(files) - set(held))
        self.crops = Crops(training, decoded, settings.batch, settings.size, len(names), settings.seed)
        looked_at = [decoded.picture(path) for path in held or itertools.islice(readable, HELD_BACK)]
        middles = [middle(picture, settings.size) for picture in looked_at if picture is not None]
        self.held_back = tf.constant(np.stack(middles))
        self._count = len(names)
        self.network = StyleNetwork(names, settings.variant, dtype=POLICIES[precision])
        self.network.devices = tuple(devices_for(settings.devices))
        if settings.start == "shipped" and settings.variant == starter.VARIANT:
            starter.begin(self.network)
        else:
            self._set_kernels()
        backbone = "float32" if precision == "float16" else precision
        objective = StyleObjective(styles, settings, backbone)
        self.network.compile(keras.optimizers.Adam(settings.learning_rate), objective, jit_compile=False)
        self.network.optimizer.build(self.network.trainable_variables)
        self.state = [*self.network.weights, *self.network.optimizer.variables]
        self._identity = {} if kept is None else identity_of(settings, precision, styles, names, images, files)
        self.guard = NumericsGuard()
        self.start, self.before = 0, list[float]()
        self.best: Best | None = None
        self.proven: Proven | None = None
        self._go_on()
        self._validate = tf.function(self._validation, autograph=False)

    def _set_kernels(self) -> None:
        """By our own seed: Keras's would be everybody's."""
        generator = np.random.default_rng([self.settings.seed, 3])
        for variable in self.network.trainable_variables:
            if variable.name == "kernel":
                deviation = math.sqrt(2 / math.prod(variable.shape[:-1]))
                variable.assign(generator.normal(scale=deviation, size=variable.shape))

    def _go_on(self) -> None:
        """From the checkpoint, with everything as it was then; from the beginning if there is none."""
        found = None if self._kept is None else self._kept.read(self._identity, may_differ=NO_MATTER)
        if found is None:
            return
        state: TrainingState = found.state
        if found.damage:
            warnings.warn(f"{found.damage}; going on from the one before it, at step {state.step}", stacklevel=2)
        for variable, value in zip(self.state, state.variables, strict=True):
            variable.assign(value)
        self.guard.recall(state.guard)
        self.start, self.before = state.step, state.validations
        self.best, self.proven = state.best, state.proven

    def trained(self) -> Trained:
        """Train to the end."""
        guard = self.guard
        pace = Pace(self, guard, self.settings)
        if self.start < self.settings.steps and pace.ended is None:
            batches = self.crops.dataset(self.start, self.settings.steps)
            try:
                self.network.fit(batches, verbose=0, shuffle=False, callbacks=[guard, pace])
            except tf.errors.OpError as error:
                raise self.crops.failure or error from error
        repaired = Outcome.REPAIRED if guard.events else Outcome.FINISHED
        outcome = Outcome.GAVE_UP if guard.gave_up else pace.ended or repaired
        best = pace.best or Best(pace.step, math.nan, self.weights())
        if best.step != pace.step:
            self.network.set_weights(best.weights)
        looks, events = tuple(pace.looks), tuple(guard.events)
        broken = tuple(self.crops.decoded.broken.values())
        return Trained(self.network, outcome, pace.step, best.step, best.loss, looks, events, broken)

    @property
    def broken(self) -> int:
        """How many pictures were left out so far."""
        return len(self.crops.decoded.broken)

    def weights(self) -> list[np.ndarray]:
        """The network's, as they are."""
        found: list[np.ndarray] = self.network.get_weights()
        return found

    def keep(self, step: int, validations: Sequence[float], best: Best | None, proven: Proven) -> None:
        """Write the checkpoint; where that fails the old one stands, and training goes on."""
        if self._kept is None:
            return
        variables = [keras.ops.convert_to_numpy(variable) for variable in self.state]
        try:
            if found := first_nonfinite(variables):
                raise WeightsError(f"{self.state[found[0]].path}: {found[1]}")
            state = TrainingState(step, list(validations), variables, self.guard.memory(), best, proven)
            self._kept.write(self._identity, state)
        except (OutputError, WeightsError, MemoryError) as error:
            told = f"no checkpoint at step {step}: {error or 'out of memory'}; the last one stays"
            warnings.warn(told, stacklevel=2)

    def tell(self, look: Look) -> None:
        """Report a validation."""
        if self.report is not None:
            self.report(look, self.pictures)

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
