"""Each remedy that needs the engine, in a whole run that it alone can save."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.core.flow import IMAGE, Features, Measurement
from steadystyle.core.outcome import Outcome, Result
from steadystyle.losses.styles.gram import Gram
from steadystyle.transfer.measure import Measure
from steadystyle.transfer.problem import Posed, Problem
from steadystyle.transfer.stylize import stylize
from tests.transfer.fault_runs import content, is_a_good_picture, style

NAN = float("nan")


def run(weights: Path, **options: Any) -> Result:
    """A small run at one size."""
    small: dict[str, Any] = {"size": 32, "steps": 8, "precision": "float32", "weights": weights}
    return stylize(content(), style(), **small | options)


def repaired_by(result: Result, remedy: str) -> bool:
    """Whether the run went on to its end with a better picture, and an event names the remedy."""
    better = result.loss < next(record.loss for record in result.history if np.isfinite(record.loss))
    told = any(remedy in event.remedy for event in result.events)
    return told and better and result.outcome is Outcome.REPAIRED and is_a_good_picture(result.image)


def at_call(monkeypatch: pytest.MonkeyPatch, number: int, harm: Any) -> None:
    """Do something to the engine before one of its measurements, counted from 0."""
    call, count = Posed.__call__, iter(range(10**6))

    def harmed(self: Posed, image: tf.Tensor) -> Measurement:
        if next(count) == number:
            harm(self._problem)
        return call(self, image)

    monkeypatch.setattr(Posed, "__call__", harmed)


@pytest.mark.parametrize("value", [NAN, float("inf"), 1e30, 1e6])
def test_weights_that_were_damaged_in_memory_are_read_again(
    value: float, compact_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One number of a convolution, in the middle of a run: it is noticed, and the file is read."""

    def harm(problem: Problem) -> None:
        kernel, bias = problem.measure.backbone._convolutions["2_1"]  # type: ignore[attr-defined]
        damaged = kernel.numpy()
        damaged[1, 1, 0, 0] = value
        problem.measure.backbone._convolutions["2_1"] = (tf.constant(damaged), bias)  # type: ignore[attr-defined]
        problem.measure.forget_graph()

    at_call(monkeypatch, 4, harm)
    result = run(compact_weights)
    assert repaired_by(result, "read the network's weights again")
    if not np.isfinite(value):
        assert "nonfinite-weights" in {event.cause for event in result.events}


def test_a_term_that_divides_by_too_little_gets_more(compact_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fake style loss is NaN until its softening is raised."""
    value = Gram.value

    def fragile(self: Gram, sums: Any, target: Any) -> tf.Tensor:
        return value(self, sums, target) if self.softening > 1 else value(self, sums, target) * NAN

    monkeypatch.setattr(Gram, "value", fragile)
    assert repaired_by(run(compact_weights), "added more where the losses divide and root")


def test_a_term_that_is_bad_at_one_picture_is_left_out_there(
    compact_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fake style loss is NaN at the picture that the run starts from, and nowhere else."""
    sums, start = Gram.sums, tf.constant(content()[np.newaxis])

    def fragile(self: Gram, features: Features, target: Any) -> Any:
        found = sums(self, features, target)
        if target is None:  # a reference picture's
            return found
        there = tf.reduce_max(tf.abs(features[IMAGE] - start)) < 1e-6
        return tf.nest.map_structure(lambda each: tf.where(there, NAN, each), found)

    monkeypatch.setattr(Gram, "sums", fragile)
    result = run(compact_weights, init="noise", seed=3)
    assert result.outcome is Outcome.FINISHED  # it does not start there
    assert repaired_by(run(compact_weights, tv_weight=1.0), "left the term style out")


def test_a_loss_scale_that_is_too_high_is_lowered(compact_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scaled by a million, the gradient overflows float16; two sixteenths later it does not."""

    def harm(problem: Problem) -> None:
        problem.measure.loss_scale = 2.0**20

    at_call(monkeypatch, 0, harm)
    result = run(compact_weights, precision="float16")
    assert repaired_by(result, "lowered the loss scale")
    assert "loss-scale-misuse" in {event.cause for event in result.events}
    assert result.facts["precision"] == "float16"


def test_a_gradient_with_a_few_bad_entries_is_clipped(compact_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fake makes one entry infinite at three measurements in a row: measuring again does not help."""
    call, count = Measure.__call__, iter(range(10**6))

    def harmed(self: Measure, image: tf.Tensor, targets: Any) -> Measurement:
        found = call(self, image, targets)
        if next(count) not in (4, 5, 6):
            return found
        gradient = found.gradient.numpy()
        gradient[0, 3, 4, 1] = np.inf
        return found._replace(gradient=tf.constant(gradient), gradient_norm=tf.constant(np.inf, tf.float32))

    monkeypatch.setattr(Measure, "__call__", harmed)
    assert repaired_by(run(compact_weights, optimizer="adam"), "clipped the gradient")
