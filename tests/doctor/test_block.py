"""`with steadystyle.diagnose() as report`: a block of code is diagnosed where it stands."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import tensorflow as tf

import steadystyle


def here() -> int:
    """The line that calls."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno


def test_the_first_bad_value_ends_the_block() -> None:
    """The report has the cause, the line and an edit that nobody has tried; the program goes on behind the block."""
    weight, steps, line = tf.Variable(1.0), 0, 0
    with steadystyle.diagnose() as report:
        for _ in range(10):
            with tf.GradientTape() as tape:
                loss, line = tf.math.log(weight - 0.5), here()
            steps += 1
            weight.assign_sub(0.3 * tape.gradient(loss, weight))
    assert steps < 10
    assert (report.verdict, report.cause) == ("nonfinite", "log-of-nonpositive")
    assert report.place is not None
    assert (report.place.line, report.place.function) == (line, "test_the_first_bad_value_ends_the_block")
    assert report.fix is not None
    assert not report.fix.verified
    assert "not tried" in report.fix.experiment
    assert "logarithm" in str(report)


def test_what_is_finite_is_healthy_and_all_is_given_back() -> None:
    """A block that is fine runs to its end, functions run as graphs again, and TensorFlow is as it was."""
    before = {name: getattr(tf, name) for name in ("cast", "GradientTape")}
    gradient, assign = tf.GradientTape.gradient, tf.Variable(0.0).assign.__func__
    weight, errors = tf.Variable(1.0), np.geterr()

    @tf.function
    def step() -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = tf.square(weight)
        weight.assign_sub(0.1 * tape.gradient(loss, weight))
        return loss

    with steadystyle.diagnose() as report:
        for _ in range(3):
            step()
        assert tf.config.functions_run_eagerly()
    assert report.verdict == "healthy"
    assert not tf.config.functions_run_eagerly()
    assert {name: getattr(tf, name) for name in before} == before
    assert tf.GradientTape.gradient is gradient
    assert tf.Variable(0.0).assign.__func__ is assign
    assert np.geterr() == errors
    assert float(weight.numpy()) == pytest.approx(0.8**3)


def test_an_error_of_the_blocks_own_passes_through() -> None:
    """It is raised, and the report says where."""
    with pytest.raises(KeyError, match="no such layer"), steadystyle.diagnose() as report:
        raise KeyError("no such layer")
    assert report.verdict == "crashed"
    assert report.place is not None
    assert report.place.code == 'raise KeyError("no such layer")'


def test_an_optimizer_that_was_there_before_is_known() -> None:
    """A learning rate that is too high is found though the optimizer was made outside."""
    weight, optimizer = tf.Variable([1.0, 2.0]), tf.keras.optimizers.SGD(50.0)
    with steadystyle.diagnose() as report:
        for _ in range(40):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(weight**4)
            optimizer.apply_gradients([(tape.gradient(loss, weight), weight)])
    assert report.cause == "high-learning-rate"
