"""The guard of a hand-written loop."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import steadystyle
from steadystyle.core.errors import SettingsError, WeightsError
from steadystyle.guard.training import TRIES

BAD_NUMBERS = [np.nan, np.inf, -np.inf]


def test_one_bad_gradient_element_changes_nothing() -> None:
    """A step with one infinite element leaves weights, slots and iterations as they were; the next is taken."""
    weight, optimizer = tf.Variable(tf.ones((3, 2))), keras.optimizers.Adam(0.1)
    gradient = np.ones((3, 2), np.float32)
    with steadystyle.guard(optimizer, [weight]) as guard:
        assert guard.apply([tf.constant(gradient)], 1.0)
        before = [v.numpy() for v in [weight, *optimizer.variables]]
        gradient[2, 1] = np.inf
        assert not guard.apply([tf.constant(gradient)], 1.0)
        for ours, first in zip([weight, *optimizer.variables], before, strict=True):
            np.testing.assert_array_equal(ours.numpy(), first)
        assert guard.apply([tf.ones((3, 2))], 1.0)
    assert [(event.step, event.where, event.cause) for event in guard.events] == [(1, "gradient", "exploding-gradient")]


@pytest.mark.parametrize("seed", [0, 1, *[pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 12)]])
def test_whatever_comes_in_all_stays_finite(seed: int) -> None:
    """Any mix of good, huge, NaN and infinite losses, gradients and slots leaves finite weights and slots."""
    generator = np.random.default_rng(seed)
    numbers = np.array([*BAD_NUMBERS, 0, -1e-30, 1e10, 1e25, -3e38], np.float32)
    weights, optimizer = [tf.Variable(tf.zeros((2, 2))), tf.Variable(0.0)], keras.optimizers.Adam(0.1)

    def draw(shape: tuple[int, ...], share: float) -> np.ndarray:
        odd = generator.random(shape) < share
        return np.where(odd, generator.choice(numbers, shape), generator.normal(size=shape)).astype(np.float32)

    with steadystyle.guard(optimizer, weights) as guard:
        slots = [v for v in optimizer.variables if v.shape == (2, 2)]
        for _ in range(60):
            slots[0].assign(np.where(generator.random((2, 2)) < 0.02, draw((2, 2), 1), slots[0].numpy()))
            guard.apply([tf.constant(draw((2, 2), 0.1)), tf.constant(draw((), 0.1))], draw((), 0.1))
            for variable in [*weights, *optimizer.variables]:
                assert np.isfinite(variable.numpy()).all()
            if guard.gave_up:
                break
    assert guard.events


def test_sparse_and_missing_gradients_are_taken() -> None:
    """Gradients may be None or `IndexedSlices`, and a bad number in the slices is found."""
    table, unused, optimizer = tf.Variable(tf.ones((5, 2))), tf.Variable(1.0), keras.optimizers.SGD(0.5)
    with steadystyle.guard(optimizer, [table, unused]) as guard:
        assert guard.apply([tf.IndexedSlices(tf.ones((1, 2)), tf.constant([3]), tf.constant([5, 2])), None], 1.0)
        assert not guard.apply(
            [tf.IndexedSlices(tf.fill((1, 2), np.nan), tf.constant([3]), tf.constant([5, 2])), None], 1.0
        )
    np.testing.assert_array_equal(table[:, 0], [1, 1, 1, 0.5, 1])


def test_a_gradient_that_freezes_adam_is_undone() -> None:
    """A finite gradient of 1e25 makes the second moment infinite, which would stop the weight for ever."""
    weight, optimizer = tf.Variable(1.0), keras.optimizers.Adam(0.1)
    with steadystyle.guard(optimizer, [weight]) as guard:
        assert not guard.apply([tf.constant(1e25)], 1.0)
        assert guard.apply([tf.constant(1.0)], 1.0)
    assert [event.cause for event in guard.events] == ["optimizer-state"]
    assert float(weight) < 1


def test_it_gives_up_and_then_does_nothing() -> None:
    """After the tries the state is the last proven one and further steps are refused."""
    weight, optimizer = tf.Variable(1.0), keras.optimizers.SGD(0.1)
    with steadystyle.guard(optimizer, [weight]) as guard:
        assert not any(guard.apply([tf.constant(np.nan)], 1.0) for _ in range(TRIES))
        assert guard.gave_up
        assert not guard.apply([tf.constant(1.0)], 1.0)
    assert float(weight) == 1
    assert guard.events[-1].remedy == "gave up"
    assert guard.report().count("\n") == TRIES


def test_a_lowered_rate_comes_back() -> None:
    """Good steps after a repair double the rate until it is whole again."""
    weight, optimizer = tf.Variable(1.0), keras.optimizers.SGD(1e-3)
    with steadystyle.guard(optimizer, [weight]) as guard:
        for _ in range(5):
            guard.apply([tf.constant(np.nan)], 1.0)
        assert guard.rate_factor < 1
        before = float(weight)
        guard.apply([tf.constant(1.0)], 1.0)
        assert before - float(weight) == pytest.approx(1e-3 * 0.0625, rel=1e-2)
        for _ in range(150):
            guard.apply([tf.constant(1.0)], 1.0)
    assert guard.rate_factor == 1


def test_slots_that_begin_bad_are_reset() -> None:
    """A restored optimizer with NaN in a slot trains, and the event says what was done."""
    weight, optimizer = tf.Variable(1.0), keras.optimizers.SGD(0.1, momentum=0.9)
    optimizer.build([weight])
    optimizer.variables[-1].assign(np.nan)
    with steadystyle.guard(optimizer, [weight]) as guard:
        assert guard.apply([tf.constant(1.0)], 1.0)
    assert [event.cause for event in guard.events] == ["optimizer-state"]
    assert float(weight) == pytest.approx(0.9)


def test_weights_poisoned_from_outside_are_put_back() -> None:
    """When other code assigns NaN to a weight, the last good state returns, and the weights are blamed."""
    weight, optimizer = tf.Variable(1.0), keras.optimizers.SGD(0.1)
    with steadystyle.guard(optimizer, [weight]) as guard:
        guard.apply([tf.constant(1.0)], 1.0)
        weight.assign(np.nan)
        guard.apply([tf.constant(np.nan)], np.nan)
    assert [event.cause for event in guard.events] == ["nonfinite-weights"]
    assert float(weight) == pytest.approx(0.9)


def test_what_the_caller_got_wrong_is_an_error() -> None:
    """Bad weights to begin with, gradients that do not fit, unknown variables and a call inside a graph are refused."""
    weight, stranger, optimizer = tf.Variable(1.0), tf.Variable(1.0), keras.optimizers.SGD(0.1)
    with pytest.raises(WeightsError, match="not finite"), steadystyle.guard(optimizer, [tf.Variable(np.nan)]):
        pass
    optimizer = keras.optimizers.SGD(0.1)
    with steadystyle.guard(optimizer, [weight]) as guard:
        for gradients in ([], [None], [tf.constant(1.0)] * 2):
            with pytest.raises(SettingsError, match="pass one for each variable"):
                guard.apply(gradients, 1.0)
        with pytest.raises(SettingsError, match="apply outside"):
            tf.function(lambda: guard.apply([tf.constant(1.0)], 1.0), autograph=False)()
        with pytest.raises(SettingsError, match="pass it too"):
            optimizer.apply([tf.constant(1.0)], [stranger])
    assert "apply" not in vars(optimizer)


@pytest.mark.parametrize("first", ["", "import steadystyle.guard.judge"])
def test_the_room_and_the_function_share_a_name(first: str) -> None:
    """`steadystyle.guard` can be called whatever was imported before, and its modules can be imported after."""
    code = f"import steadystyle\n{first}\nassert callable(steadystyle.guard)\nimport steadystyle.guard.faults\n"
    code += "assert callable(steadystyle.guard)\nfrom steadystyle import guard\nassert guard is steadystyle.guard"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_an_optimizer_used_directly_is_guarded_too() -> None:
    """Inside the block, code that calls the optimizer itself meets the same gate."""
    weight: Any = tf.Variable(1.0)
    optimizer = keras.optimizers.SGD(0.1)
    with steadystyle.guard(optimizer, [weight]):
        optimizer.apply_gradients([(tf.constant(np.nan), weight)])
    assert float(weight) == 1


def test_a_loss_scale_in_a_loop_skips_without_an_event() -> None:
    """With a `LossScaleOptimizer`, an overflow is told to the caller as a step not taken, and is no fault."""
    weight, optimizer = tf.Variable(1.0), keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1), 4.0)
    with steadystyle.guard(optimizer, [weight]) as guard:
        assert not guard.apply([tf.constant(np.inf)], 1.0)
        assert float(optimizer.dynamic_scale.numpy()) == 2
        assert guard.apply([tf.constant(2.0)], 1.0)
    assert guard.events == []
    assert float(weight) == pytest.approx(0.9)
