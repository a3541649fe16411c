"""What a run tells, and when it is asked to end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.core.flow import Measurement
from steadystyle.core.outcome import Event, Outcome, StepRecord
from steadystyle.transfer.recorder import Recorder

BEST = np.zeros((4, 6, 3), np.float32)
MEASUREMENT = Measurement(
    tf.zeros((1, 4, 6, 3)), tf.constant(3.0), {"style": tf.constant(2.0)}, tf.zeros((1, 4, 6, 3)), tf.constant(7.0)
)


def recorder(
    report: Callable[..., None] | None = None,
    stop: Callable[[], bool] | None = None,
    time_limit: float | None = None,
) -> Recorder:
    """A recorder whose best picture is black."""
    return Recorder(report, stop, time_limit, lambda: BEST)


def test_a_step_is_recorded_in_plain_numbers() -> None:
    """Everything that was measured, as Python's own types, numbered over the whole run."""
    found = recorder()
    found.on_step(MEASUREMENT, 0.5, True)
    found.scale = 1
    found.on_step(MEASUREMENT, 0.25, False)
    first, second = found.history
    assert (first.step, first.scale, first.height, first.width) == (0, 0, 4, 6)
    assert (first.loss, first.terms, first.gradient_norm) == (3.0, {"style": 2.0}, 7.0)
    assert (second.step, second.scale, second.learning_rate, second.accepted) == (1, 1, 0.25, False)
    assert {type(first.loss), type(first.gradient_norm), type(first.terms["style"])} == {float}


def test_seconds_are_from_one_step_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each record has its own share of the time; together they are the run's."""
    clock = iter([10.0, 11.0, 13.5, 14.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    found = recorder()
    found.on_step(MEASUREMENT, 1.0, True)
    found.on_step(MEASUREMENT, 1.0, True)
    assert [record.seconds for record in found.history] == [1.0, 2.5]
    assert found.seconds == 4.0


def test_an_event_belongs_to_the_step_that_was_measured_last() -> None:
    """The step of an event is the one whose measurement was bad."""
    found = recorder()
    for _ in range(3):
        found.on_step(MEASUREMENT, 1.0, True)
    found.on_event("loss", "unknown", "it is nan", "rolled back", "smaller")
    assert found.events == [Event(2, "loss", "unknown", "it is nan", "rolled back", "smaller")]


def test_an_event_before_the_first_step_is_of_set_up() -> None:
    """Its step is -1, and people are told so."""
    found = recorder()
    found.on_event("content", "input-form", "uint8", "divided by 255", "the same picture", repaired=False)
    assert [(event.step, event.when, event.repaired) for event in found.events] == [(-1, "set-up", False)]


def test_everything_is_passed_on_as_it_happens_with_the_best_picture() -> None:
    """Steps and events in order; the picture is made only for those who ask."""
    told: list[Any] = []
    found = recorder(report=lambda what, best_picture: told.append((what, best_picture())))
    found.on_step(MEASUREMENT, 1.0, False)
    found.on_event("loss", "unknown", "it is nan", "rolled back", "smaller")
    assert [type(what) for what, _ in told] == [StepRecord, Event]
    assert all(picture is BEST for _, picture in told)


def test_a_run_goes_on_until_somebody_wants_it_to_end() -> None:
    """Nobody asked, not yet, or now."""
    wish = [False]
    assert recorder().interrupted() is None
    found = recorder(stop=lambda: wish[0])
    assert found.interrupted() is None
    wish[0] = True
    assert found.interrupted() is Outcome.STOPPED


def test_time_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit, not before; a user's own wish to stop comes first."""
    now = [100.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    found, stopped = recorder(time_limit=5.0), recorder(stop=lambda: True, time_limit=5.0)
    now[0] = 104.9
    assert found.interrupted() is None
    now[0] = 105.0
    assert found.interrupted() is Outcome.OUT_OF_TIME
    assert stopped.interrupted() is Outcome.STOPPED
