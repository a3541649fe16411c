"""Train a network for styles of its own, behind the guard."""

from __future__ import annotations

import hashlib
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

from steadystyle.core.errors import OutputError, WeightsError
from steadystyle.core.outcome import Event, Outcome
from steadystyle.core.precision import choose_precision
from steadystyle.core.settings import TrainSettings
from steadystyle.feedforward.checkpoint import load_state, save_state
from steadystyle.feedforward.crops import Crops, middle
from steadystyle.feedforward.decoded import Decoded, files_in
from steadystyle.feedforward.model_file import POLICIES
from steadystyle.feedforward.network import StyleNetwork
from steadystyle.feedforward.objective import StyleObjective
from steadystyle.feedforward.one_pass import taken
from steadystyle.feedforward.pace import Look, Pace, Report
from steadystyle.guard.callback import NumericsGuard
from steadystyle.images.arrays import Picture, as_styles

HELD_BACK = 4
"""Pictures that are validated with and never trained on, if there are ten times as many."""
IRRELEVANT = ("time_limit", "patience", "look_every")
"""Settings that a training may be resumed with other values of."""


@dataclass(frozen=True)
class Trained:
    """A finished training; `network` has finite weights whatever happened."""

    network: StyleNetwork
    outcome: Outcome
    steps: int
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
        CheckpointError: the checkpoint is damaged, or of another training.

    Source: Johnson et al., ECCV 2016; several styles in one network after Dumoulin et al., ICLR 2017.
    """
    settings = (settings or TrainSettings()).replaced(overrides)
    pictures = [taken(one, "style") for one in as_styles(styles)]
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
        self._set_kernels()
        backbone = "float32" if precision == "float16" else precision
        objective = StyleObjective(styles, settings, backbone)
        self.network.compile(keras.optimizers.Adam(settings.learning_rate), objective, jit_compile=False)
        self.network.optimizer.build(self.network.trainable_variables)
        self.state = [*self.network.weights, *self.network.optimizer.variables]
        digest = hashlib.sha256(b"".join(style.tobytes() for style in styles)).hexdigest()
        known = {name: value for name, value in settings.as_dict().items() if name not in IRRELEVANT}
        self.record = {**known, "styles": digest, "names": list(names), "pictures": len(files)}
        went = load_state(checkpoint, self.state, self.record) if checkpoint else None
        self.start, self.before = went or (0, [])
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
        guard = NumericsGuard()
        pace = Pace(self, guard, self.settings)
        if self.start < self.settings.steps and pace.ended is None:
            batches = self.crops.dataset(self.start, self.settings.steps)
            try:
                self.network.fit(batches, verbose=0, shuffle=False, callbacks=[guard, pace])
            except tf.errors.OpError as error:
                raise self.crops.failure or error from error
        repaired = Outcome.REPAIRED if guard.events else Outcome.FINISHED
        outcome = Outcome.GAVE_UP if guard.gave_up else pace.ended or repaired
        broken = tuple(self.crops.decoded.broken.values())
        return Trained(self.network, outcome, pace.step, tuple(pace.looks), tuple(guard.events), broken)

    @property
    def broken(self) -> int:
        """How many pictures were left out so far."""
        return len(self.crops.decoded.broken)

    def keep(self, step: int, validations: Sequence[float]) -> None:
        """Write the checkpoint; where that fails the old one stands, and training goes on."""
        if self.checkpoint is None:
            return
        try:
            save_state(self.checkpoint, self.state, step, validations, self.record)
        except (OutputError, WeightsError) as error:
            warnings.warn(f"{error}; the checkpoint before it still stands", stacklevel=2)

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
