"""One network, trained by `steadystyle train` or by Keras's `fit`, with a fault put in."""

from __future__ import annotations

import math
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from steadystyle import train
from steadystyle.core.injection import injecting
from steadystyle.core.settings import TrainSettings
from steadystyle.feedforward.train import _Run


class Fault(NamedTuple):
    """What is done to a training.

    Attributes:
        sentence: says it.
        pictures: what the harmed batch is made into.
        rate: what the learning rate is multiplied with, all the time.
        gradient: one NaN in the gradient of the harmed step.
        slot: one NaN in the optimizer's memory before the harmed step.
        cut: the training ends after the harmed step, half of its newest file is lost, and it is started again.
    """

    sentence: str
    pictures: Callable[[np.ndarray], np.ndarray] | None = None
    rate: float = 1.0
    gradient: bool = False
    slot: bool = False
    cut: bool = False


def _poisoned(images: np.ndarray) -> np.ndarray:
    harmed = images.copy()
    harmed[0] = np.nan
    return harmed


CONTROL = "nothing (control)"
FAULTS = {
    CONTROL: Fault("No fault: what the others are compared with."),
    "poisoned picture": Fault("One picture of one batch is all NaN.", pictures=_poisoned),
    "batch of constants": Fault("All pixels of one batch are the same grey.", pictures=lambda x: np.full_like(x, 0.5)),
    "learning rate x 1,000": Fault("From the first step to the last.", rate=1000.0),
    "NaN in a gradient": Fault("One number in the gradient of one step.", gradient=True),
    "NaN in a slot": Fault("One number in Adam's memory, before one step.", slot=True),
    "checkpoint cut": Fault(
        "The process ends, half of the newest file of its checkpoint is lost, and the same is started again; with "
        "`fit`, the checkpoint is that of Keras's `BackupAndRestore`.",
        cut=True,
    ),
}


class Ending(NamedTuple):
    """What a training came to.

    Attributes:
        loss: on the pictures held back; None if it is not finite, or there is no network.
        word: what else there is to say.
        named: the causes that the user is told.
    """

    loss: float | None
    word: str
    named: list[str]


class Harm:
    """Puts a fault in at one step, as an injector and as what is called before each step."""

    def __init__(self, fault: Fault, at: int) -> None:
        self._fault, self._at = fault, at
        self._added = tf.Variable(0.0, trainable=False)

    def __call__(self, point: str, step: int | None, numbers: Any) -> Any:
        """What `steadystyle.core.injection` asks."""
        if point == "training pictures" and step == self._at and self._fault.pictures is not None:
            return self._fault.pictures(numbers)
        if point == "training gradients" and self._fault.gradient:
            return [numbers[0] + self._added, *numbers[1:]]
        if point == "training" and step is not None:
            self.before(step, numbers)
        return numbers

    def before(self, step: int, model: Any) -> None:
        """Harm what is in memory before that step."""
        if self._fault.gradient:
            self._added.assign(math.nan if step == self._at else 0.0)
        if self._fault.slot and step == self._at:
            slot = next(v for v in model.optimizer.variables if "momentum" in v.path and len(v.shape) == 4)
            harmed = slot.numpy().copy()
            harmed.flat[0] = math.nan
            slot.assign(harmed)


class _Harming(keras.callbacks.Callback):
    def __init__(self, harm: Harm, last: int | None) -> None:
        super().__init__()
        self._harm, self._last = harm, last
        self.steps = 0

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._harm.before(batch, self.model)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.steps += 1
        if self.steps == self._last:
            raise InterruptedError("the process ended")


class Given(NamedTuple):
    """What is trained for, on, and how long; `at` is the step that is harmed."""

    style: np.ndarray
    folder: Path
    settings: TrainSettings
    at: int

    def with_rate(self, fault: Fault) -> TrainSettings:
        """The settings, with what the fault makes of the rate."""
        return self.settings.replaced({"learning_rate": self.settings.learning_rate * fault.rate})


def ours(given: Given, fault: Fault) -> Ending:
    """By `steadystyle train`."""
    settings = given.with_rate(fault)
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        checkpoint = Path(name) / "checkpoint" if fault.cut else None
        with injecting(Harm(fault, given.at)):
            if checkpoint is not None:
                asked = iter(range(1, settings.steps + 1))
                train(given.style, given.folder, settings=settings, checkpoint=checkpoint,
                      stop=lambda: next(asked) > given.at)  # fmt: skip
                _cut(checkpoint)
            found = train(given.style, given.folder, settings=settings, checkpoint=checkpoint)
    causes = list(dict.fromkeys(event.cause for event in found.events))
    causes += [
        str(one.message).split(": ", 1)[1] for one in told if "going on from the one before it" in str(one.message)
    ]
    return Ending(found.loss, "" if found.best_step == found.steps else f"weights of step {found.best_step}", causes)


def plain(given: Given, fault: Fault) -> Ending:
    """By Keras's `fit`."""
    return _by_fit(given, fault, [])


def terminating(given: Given, fault: Fault) -> Ending:
    """By Keras's `fit` with what Keras has against NaN."""
    return _by_fit(given, fault, [keras.callbacks.TerminateOnNaN()])


def _by_fit(given: Given, fault: Fault, callbacks: list[Any]) -> Ending:
    with tempfile.TemporaryDirectory() as folder, injecting(harm := Harm(fault, given.at)):
        if not fault.cut:
            return _fitted(given, fault, [_Harming(harm, None), *callbacks])
        every = given.settings.look_every
        try:
            _fitted(given, fault, [_Harming(harm, given.at + 1), keras.callbacks.BackupAndRestore(folder, every)])
        except InterruptedError:
            _cut(next(Path(folder).glob("*.weights.h5")))
        return _fitted(
            given, fault, [_Harming(harm, None), keras.callbacks.BackupAndRestore(folder, every), *callbacks]
        )


def _fitted(given: Given, fault: Fault, callbacks: list[Any]) -> Ending:
    settings = given.with_rate(fault)
    run = _Run([given.style], ["style"], given.folder, settings)
    rate = keras.optimizers.schedules.CosineDecay(settings.learning_rate, settings.steps)
    run.network.compile(keras.optimizers.Adam(rate), run.network.objective, jit_compile=False)
    try:
        run.network.fit(run.crops.dataset(0, settings.steps), verbose=0, shuffle=False, callbacks=callbacks)
    except InterruptedError:
        raise
    except Exception as error:  # whatever Keras raises is what its users meet
        return Ending(None, f"`{type(error).__name__}`", [])
    loss, steps = run.validate()["loss"], callbacks[0].steps
    if math.isfinite(loss):
        return Ending(loss, "", [])
    return Ending(None, "NaN" if steps == settings.steps else f"NaN, ended after step {steps}", [])


def _cut(file: Path) -> None:
    """Half of it is lost."""
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])


TRAINERS: dict[str, Callable[[Given, Fault], Ending]] = {
    "`steadystyle train`": ours,
    "Keras `fit`": plain,
    "`fit` with `TerminateOnNaN`": terminating,
}
