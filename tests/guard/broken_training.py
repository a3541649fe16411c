"""A small regression, and one builder for each thing that breaks its training, by hand-written loop and by `fit`.

Faults are told to the loss by a second column of the targets, so that the same graph runs with and without them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

import steadystyle
from steadystyle.core.outcome import Event

STEPS, BATCH, BAD_STEP = 96, 16, 20
OPTIMIZERS: dict[str, Callable[..., Any]] = {
    "sgd": lambda rate=0.02, **_: keras.optimizers.SGD(rate, momentum=0.9),
    "adam": lambda rate=0.05, **more: keras.optimizers.Adam(rate, **more),
    "rmsprop": lambda rate=0.02, **more: keras.optimizers.RMSprop(rate, **more),
}
RATES = {"sgd": 0.02, "adam": 0.05, "rmsprop": 0.02}


class Breakage(NamedTuple):
    """How one run is broken: in the data, the loss, the optimizer, or between steps."""

    kind: str = ""
    first: int = BAD_STEP
    persistent: bool = False

    def at(self, step: int) -> bool:
        """Whether `step` is a bad one."""
        return step >= self.first if self.persistent else step == self.first


class Ended(NamedTuple):
    """What a run left behind."""

    loss: float
    arrays: list[np.ndarray]
    events: list[Event]
    gave_up: bool


class BadSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """A constant rate, but for the steps at which it is NaN."""

    def __init__(self, rate: float, breakage: Breakage) -> None:
        self.rate, self.breakage = rate, breakage

    def __call__(self, step: Any) -> Any:
        first = tf.constant(self.breakage.first, step.dtype)
        bad = step >= first if self.breakage.persistent else tf.equal(step, first)
        return tf.where(bad, np.nan, self.rate)


@tf.custom_gradient
def _poisoned_gradient(prediction: Any, bad: Any) -> Any:
    def gradient(upstream: Any) -> Any:
        return tf.where(bad, np.inf, upstream), None

    return tf.identity(prediction), gradient


def make_loss(kind: str) -> Callable[[Any, Any], Any]:
    """Mean squared error that goes bad where the batch's second target column is 1."""

    def loss(target: Any, prediction: Any) -> Any:
        bad = tf.reduce_max(target[:, 1]) > 0
        if kind == "gradient":
            prediction = _poisoned_gradient(prediction, bad)
        value = tf.reduce_mean(tf.square(prediction[:, 0] - target[:, 0]))
        factors = {"nan-loss": np.nan, "inf-loss": np.inf, "zero-gradient": 0.0}
        return value * tf.where(bad, factors.get(kind, 1.0), 1.0)

    return loss


def make_data(breakage: Breakage) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (n, 4) and targets (n, 2), with the breakage's marks in them."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(STEPS * BATCH, 4)).astype(np.float32)
    y = x @ generator.normal(size=(4, 1)).astype(np.float32) + generator.normal(scale=0.3, size=(len(x), 1))
    flags = np.repeat([float(breakage.at(step)) for step in range(STEPS)], BATCH)
    if breakage.kind == "batch":
        x[(flags > 0) & (np.arange(len(x)) % BATCH == 3), 1] = np.nan
    return x, np.concatenate([y, flags[:, None]], axis=1).astype(np.float32)


def make_model(name: str, breakage: Breakage, **compile_options: Any) -> Any:
    """One linear layer from zero, compiled."""
    options = {"epsilon": 0.0} if breakage.kind == "zero-gradient" else {}
    rate = BadSchedule(RATES[name], breakage) if breakage.kind == "schedule" else RATES[name]
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, kernel_initializer="zeros")])
    model.compile(OPTIMIZERS[name](rate, **options), make_loss(breakage.kind), **compile_options)
    return model


def between(model: Any, breakage: Breakage, step: int) -> None:
    """What other code does to the optimizer before `step`."""
    if breakage.kind == "slots" and breakage.at(step):
        slot = next(v for v in model.optimizer.variables if len(v.shape) == 2)
        slot.assign(tf.fill(slot.shape, np.nan))
    if breakage.kind == "rate-x1000" and step >= breakage.first:
        rate = RATES[type(model.optimizer).__name__.lower()]
        model.optimizer.learning_rate = rate * (1000 if breakage.at(step) else 1)


class Saboteur(keras.callbacks.Callback):
    """Does `between` in `fit`."""

    def __init__(self, breakage: Breakage) -> None:
        super().__init__()
        self.breakage, self.step = breakage, 0

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        between(self.model, self.breakage, self.step)
        self.step += 1


def ended(model: Any, events: list[Event], gave_up: bool) -> Ended:
    """The true loss on clean data, and everything that must be finite."""
    x, y = make_data(Breakage())
    loss = float(np.mean(np.square(model(x).numpy()[:, 0] - y[:, 0])))
    return Ended(loss, [v.numpy() for v in [*model.variables, *model.optimizer.variables]], events, gave_up)


def run_fit(name: str, breakage: Breakage, callbacks: Any = None, **compile_options: Any) -> Ended:
    """One epoch of `fit` with the guard."""
    model, guard = make_model(name, breakage, **compile_options), steadystyle.NumericsGuard()
    x, y = make_data(breakage)
    model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[guard, Saboteur(breakage)])
    # A schedule's NaN is the user's; the optimizer holds no rate of its own then.
    return ended(model, guard.events, guard.gave_up)


def run_loop(name: str, breakage: Breakage) -> Ended:
    """The same in a loop with a GradientTape."""
    model = make_model(name, breakage)
    variables, compute_loss = model.trainable_variables, make_loss(breakage.kind)

    @tf.function
    def measure(x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = compute_loss(y, model(x))
        return tape.gradient(loss, variables), loss

    x, y = (array.reshape(STEPS, BATCH, -1) for array in make_data(breakage))
    with steadystyle.guard(model.optimizer, variables) as guard:
        for step in range(STEPS):
            between(model, breakage, step)
            gradients, loss = measure(x[step], y[step])
            guard.apply(gradients, loss, batch=x[step])
            if guard.gave_up:
                break
    return ended(model, guard.events, guard.gave_up)


@functools.cache
def clean_loss(name: str) -> float:
    """Where the unbroken and unguarded training ends."""
    model = make_model(name, Breakage())
    x, y = make_data(Breakage())
    model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0)
    return ended(model, [], False).loss


WAYS: dict[str, Callable[[str, Breakage], Ended]] = {
    "loop": run_loop,
    "graph": functools.partial(run_fit, jit_compile=False),
    "eager": functools.partial(run_fit, run_eagerly=True, jit_compile=False),
}
TRANSIENT: dict[str, tuple[Breakage, set[str]]] = {
    "nan-loss": (Breakage("nan-loss"), {"unknown"}),
    "inf-loss": (Breakage("inf-loss"), {"unknown"}),
    "gradient": (Breakage("gradient"), {"exploding-gradient"}),
    "batch": (Breakage("batch"), {"nonfinite-input"}),
    "slots": (Breakage("slots"), {"optimizer-state"}),
    "schedule": (Breakage("schedule"), {"nonfinite-learning-rate"}),
    "zero-gradient": (Breakage("zero-gradient", first=0), {"optimizer-state"}),
    "rate-x1000": (Breakage("rate-x1000"), {"high-learning-rate"}),
}
"""One bad step, and the causes that may be named for it."""
