"""`NumericsGuard` in every kind of `fit`."""

from __future__ import annotations

import logging
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import steadystyle
from steadystyle.core.errors import SettingsError, WeightsError
from steadystyle.guard.training import TRIES

BATCH, STEPS, BAD = 16, 12, 5


def data(bad: slice | None = None) -> tuple[np.ndarray, np.ndarray]:
    """A regression, with a NaN in one input of each bad batch."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(STEPS * BATCH, 4)).astype(np.float32)
    y = (x @ generator.normal(size=(4, 1))).astype(np.float32)
    if bad is not None:
        x.reshape(STEPS, BATCH, 4)[bad, 2, 1] = np.nan
    return x, y


ONE_BAD = slice(BAD, BAD + 1)
ALL_BAD = slice(0, None)


def normalised(optimizer: Any = None, dtype: Any = None, **options: Any) -> Any:
    """A model with moving statistics, which the forward pass writes before any callback or optimizer is asked."""
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(4, dtype=dtype), keras.layers.BatchNormalization(dtype=dtype), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((4,)), *layers])
    model.compile(optimizer or keras.optimizers.Adam(0.01), "mse", metrics=["mae"], **options)
    return model


def fit(model: Any, bad: slice | None, epochs: int = 1, callbacks: Any = ()) -> tuple[Any, Any]:
    """The guard after `fit`, and the history."""
    guard = steadystyle.NumericsGuard()
    settings = {"batch_size": BATCH, "shuffle": False, "verbose": 0, "epochs": epochs}
    return guard, model.fit(*data(bad), callbacks=[guard, *callbacks], **settings).history


def all_values(model: Any) -> list[np.ndarray]:
    """Weights, moving statistics and slots."""
    return [v.numpy() for v in [*model.variables, *model.optimizer.variables]]


def all_finite(model: Any) -> bool:
    """Whether nothing in the model or its optimizer is NaN or infinite."""
    return all(np.isfinite(value).all() for value in all_values(model))


@pytest.mark.parametrize(
    "options",
    [
        {"jit_compile": False},
        {"jit_compile": False, "run_eagerly": True},
        {"jit_compile": False, "steps_per_execution": 4},
        pytest.param({"jit_compile": True}, marks=pytest.mark.slow),
        pytest.param({"jit_compile": True, "steps_per_execution": 4}, marks=pytest.mark.slow),
    ],
)
def test_a_bad_batch_is_as_if_it_had_not_been_there(options: dict[str, Any]) -> None:
    """In every kind of step, weights, slots, moving statistics and metrics stay finite, and the batch is blamed."""
    model = normalised(**options)
    guard, history = fit(model, ONE_BAD)
    assert all_finite(model)
    assert np.isfinite([value for values in history.values() for value in values]).all()
    assert history["skipped_steps"] == [1]
    assert [event.cause for event in guard.events] == ["nonfinite-input"]
    assert "1 of them bad" in guard.report()


def test_terminate_on_nan_stops_with_poisoned_weights() -> None:
    """What Keras offers ends the same training with weights that are not finite; the guard's are."""
    model = normalised(jit_compile=False)
    model.fit(*data(ONE_BAD), batch_size=BATCH, shuffle=False, verbose=0, callbacks=[keras.callbacks.TerminateOnNaN()])
    assert not all_finite(model)


def test_a_healthy_fit_is_the_same_to_the_bit() -> None:
    """Without a fault, guarded and unguarded training agree exactly, and nothing is reported."""
    guarded, plain = normalised(jit_compile=False), normalised(jit_compile=False)
    guard, history = fit(guarded, None, epochs=2)
    expected = plain.fit(*data(), batch_size=BATCH, shuffle=False, verbose=0, epochs=2).history
    assert guard.events == []
    assert history == {**expected, "skipped_steps": [0, 0]}
    for ours, theirs in zip(all_values(guarded), all_values(plain), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_it_gives_up_closed(caplog: pytest.LogCaptureFixture) -> None:
    """When each batch is bad, training stops after the tries with the weights that it began with, and says so."""
    model = normalised(jit_compile=False)
    before = model.get_weights()
    with caplog.at_level(logging.WARNING, "steadystyle"):
        guard, history = fit(model, ALL_BAD, epochs=5)
    assert guard.gave_up
    assert len(guard.events) == TRIES
    assert len(history["loss"]) == 1
    assert np.isnan(history["loss"]).all()
    assert history["skipped_steps"] == [TRIES]
    assert "gave up" in caplog.text
    for ours, first in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(ours, first)


def test_callbacks_behind_it_see_mended_logs() -> None:
    """A callback later in the list is not given the bad batch's loss."""
    seen: list[float] = []
    watcher = keras.callbacks.LambdaCallback(on_train_batch_end=lambda _, logs: seen.append(logs["loss"]))
    fit(normalised(jit_compile=False), ONE_BAD, callbacks=[watcher])
    assert len(seen) == STEPS
    assert np.isfinite(seen).all()


def test_the_optimizer_is_given_back() -> None:
    """After `fit` the model trains without the guard, as if it had never been there."""
    model = normalised(jit_compile=False)
    fit(model, None)
    assert "apply" not in vars(model.optimizer)
    assert "train_step" not in vars(model)
    model.fit(*data(ONE_BAD), batch_size=BATCH, shuffle=False, verbose=0)
    assert not all_finite(model)


class Remembering(keras.callbacks.Callback):
    """Ends `fit` after some steps, with what the guard knew then."""

    def __init__(self, guard: Any, after: int) -> None:
        super().__init__()
        self._guard, self._after = guard, after
        self.memory: Any = None

    def on_train_batch_end(self, step: int, logs: Any = None) -> None:
        if step + 1 == self._after:
            self.memory = self._guard.memory()
            self.model.stop_training = True


@pytest.mark.parametrize("after", [BAD, BAD + 1, BAD + 3, BAD + 5])
def test_what_it_knows_can_be_taken_along(after: int) -> None:
    """A `fit` in two parts, the second by another guard, is the whole one to the bit: with a lowered rate, and within a
    row of bad steps.
    """
    x, y = data(slice(BAD, BAD + 5))
    x = np.where(np.isnan(x), np.float32(1e30), x)  # finite, so that it is taken for a bad state
    settings = {"batch_size": BATCH, "shuffle": False, "verbose": 0}
    whole, guard = normalised(), steadystyle.NumericsGuard()
    whole.fit(x, y, callbacks=[guard], **settings)
    assert any("rate lowered" in event.remedy for event in guard.events)
    model, first = normalised(), steadystyle.NumericsGuard()
    model.fit(x, y, callbacks=[first, last := Remembering(first, after)], **settings)
    other, second = normalised(), steadystyle.NumericsGuard()
    second.recall(last.memory)
    other.fit(x[after * BATCH :], y[after * BATCH :], callbacks=[second], **settings)
    assert (second.events, second.rate_factor, second.bad_steps) == (guard.events, guard.rate_factor, guard.bad_steps)
    values = [[*fitted.weights, *fitted.optimizer.variables] for fitted in (other, whole)]
    for one, same in zip(*values, strict=True):
        np.testing.assert_array_equal(one.numpy(), same.numpy())


class GoingBack(keras.callbacks.Callback):
    """Finds fault with what the guard took for good."""

    def __init__(self, guard: Any, for_good: bool) -> None:
        super().__init__()
        self._guard, self._for_good = guard, for_good
        self.copy: Any = None
        self.rates: list[float] = []

    def on_train_batch_end(self, step: int, logs: Any = None) -> None:
        if step == 1:
            self.copy = self._guard.copy()
        if step == 3:
            self._guard.go_back(self.copy, "the validation was worse", for_good=self._for_good)
            for variable, value in zip(self.model.trainable_variables, self.copy, strict=False):
                np.testing.assert_array_equal(variable.numpy(), value)
        self.rates.append(self._guard.rate_factor)


@pytest.mark.parametrize(("for_good", "lowest", "last"), [(True, 1 / 30, 1 / 30), (False, 0.25, 1.0)])
def test_others_may_find_a_fault(for_good: bool, lowest: float, last: float) -> None:
    """It goes back to their copy with a lower rate, which rises again unless it was the rate that was at fault."""
    model, guard = normalised(), steadystyle.NumericsGuard()
    x, y = (np.concatenate([values] * 5) for values in data())
    others = GoingBack(guard, for_good)
    model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[guard, others])
    assert others.rates[:3] == [1, 1, 1]
    assert others.rates[3] == min(others.rates) == pytest.approx(lowest)
    assert others.rates[-1] == pytest.approx(last)
    assert [(event.step, event.cause, event.evidence) for event in guard.events] == [
        (3, "high-learning-rate", "the validation was worse")
    ]


def test_a_second_fit_is_guarded_too() -> None:
    """A model that was trained before, so that its step is compiled already, is guarded like a new one."""
    model = normalised(jit_compile=False)
    model.fit(*data(), batch_size=BATCH, verbose=0)
    guard, _ = fit(model, ONE_BAD)
    assert all_finite(model)
    assert len(guard.events) == 1


class OwnStep(keras.Model):
    """A training step of one's own, which neither scales the loss nor keeps Keras's metrics."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = keras.layers.Dense(1)

    def call(self, x: Any) -> Any:
        return self.layer(x)

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(self(x) - y))
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        return {"loss": loss}


def test_a_step_of_ones_own_is_guarded() -> None:
    """A model with its own `train_step` keeps finite weights and has its bad batch named, once it is built."""
    model = OwnStep()
    model.compile(keras.optimizers.Adam(0.01), jit_compile=False)
    with pytest.raises(SettingsError, match="call it on a batch once"):
        fit(model, ONE_BAD)
    model(data()[0][:1])
    guard, _ = fit(model, ONE_BAD)
    assert all_finite(model)
    assert [event.cause for event in guard.events] == ["nonfinite-input"]


def test_a_loss_scale_that_skips_is_healthy() -> None:
    """In float16 an overflow of the scaled loss is the loss scale's own affair: no event, and training goes on."""
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01), initial_scale=2.0**30)
    model = normalised(optimizer, "mixed_float16", jit_compile=False)
    guard, history = fit(model, None, epochs=2)
    assert guard.events == []
    assert history["skipped_steps"] == [0, 0]
    assert float(optimizer.dynamic_scale.numpy()) < 2.0**30
    assert all_finite(model)


def test_a_bad_batch_behind_a_loss_scale_leaves_nothing() -> None:
    """The loss scale skips the bad batch's step; the guard mends what its forward pass left."""
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01), initial_scale=8.0)
    model = normalised(optimizer, "mixed_float16", jit_compile=False)
    guard, history = fit(model, ONE_BAD)
    assert all_finite(model)
    assert history["skipped_steps"] == [1]
    assert [event.where for event in guard.events] == ["statistics"]


def test_a_loss_scale_that_falls_for_ever_ends_training() -> None:
    """Where no scale helps, training stops instead of skipping every step to the end."""
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01), initial_scale=1.0)
    guard, _ = fit(normalised(optimizer, "mixed_float16", jit_compile=False), ALL_BAD, epochs=5)
    assert guard.gave_up


def test_weights_that_begin_bad_are_refused() -> None:
    """There is no good state to go back to, so it is an error, at once."""
    model = normalised(jit_compile=False)
    model.layers[0].kernel.assign(np.full((4, 4), np.nan))
    with pytest.raises(WeightsError, match="not finite before the first step"):
        fit(model, None)
    assert "apply" not in vars(model.optimizer)


def test_it_can_be_asked_before_it_is_used() -> None:
    """A new callback has nothing to report."""
    guard = steadystyle.NumericsGuard()
    assert (guard.events, guard.gave_up, guard.rate_factor, guard.report()) == ([], False, 1.0, "not used yet")
