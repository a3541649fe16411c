"""The same step with the guard and without, ready to be timed in parts; loads TensorFlow."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
import tensorflow as tf

from benchmarks.options import Options
from steadystyle.core.flow import Measurement, Proposal
from steadystyle.core.settings import Settings
from steadystyle.guard.judge import Guard
from steadystyle.optimizers.lbfgs import Lbfgs
from steadystyle.transfer.measure import Measure
from steadystyle.transfer.problem import Problem
from steadystyle.transfer.scales import plan
from steadystyle.transfer.stylize import stylize


class Unwatched(Measure):
    """The engine's measure but that no layer is watched: its graph has no health outputs."""

    def _unseen(self) -> list[str]:
        return []


class Round(NamedTuple):
    """Seconds of one step with the guard and of the same one without, by what they were spent on."""

    measured: float
    judged: float
    advanced: float
    plainly_measured: float
    proposed: float

    @property
    def without(self) -> float:
        """The whole step without the guard."""
        return self.plainly_measured + self.proposed

    def shares(self) -> dict[str, float]:
        """What each part of the guard takes, beside the step without it."""
        parts = {
            "health": self.measured - self.plainly_measured,
            "checks": self.judged,
            "bookkeeping": self.advanced - self.proposed,
        }
        parts["whole step"] = sum(parts.values())
        return {name: seconds / self.without for name, seconds in parts.items()}


class Race:
    """Both steps from the same picture; as the guard changes nothing in a healthy run, both go the same way."""

    def __init__(self, content: np.ndarray, style: np.ndarray, size: int, precision: str, weights: Path | None) -> None:
        settings = Settings(size=size, weights=weights)
        scale = plan(settings, *content.shape[:2])[-1]
        problem = Problem(settings, precision, content, [style])
        self._measure = problem.at(scale)
        start = problem.batch(problem.content_at(scale))
        plain = Problem(settings, precision, content, [style])
        plain.measure = Unwatched(plain.measure.backbone, plain.measure.terms, plain.measure.loss_scale)
        self._plain_measure = plain.at(scale)
        self._optimizer, self._guard = Lbfgs(), Guard(Lbfgs())
        self._guarded = self._plain = Proposal(start, self._optimizer.start(start))

    def run(self, rounds: int, warm_up: int) -> list[Round]:
        """Take so many pairs of steps, each first in every other one; those of the warm-up do not count."""
        found = []
        for number in range(warm_up + rounds):
            if number % 2:
                guarded, plain = self._guarded_step(), self._plain_step()
            else:
                plain, guarded = self._plain_step(), self._guarded_step()
            found.append(Round(*guarded, *plain))
        return found[warm_up:]

    def _guarded_step(self) -> tuple[float, float, float]:
        began = time.perf_counter()
        measurement = _done(self._measure(self._guarded.image))
        measured = time.perf_counter()
        verdict = self._guard.judge(measurement)
        if not (verdict.accepted or verdict.doubt):
            raise RuntimeError(f"the guard had to repair while being timed: {verdict.cause}")
        judged = time.perf_counter()
        self._guarded = self._guard.advance(measurement, self._guarded.state, 1.0)
        return measured - began, judged - measured, time.perf_counter() - judged

    def _plain_step(self) -> tuple[float, float]:
        began = time.perf_counter()
        measurement = _done(self._plain_measure(self._plain.image))
        measured = time.perf_counter()
        self._plain = self._optimizer.propose(measurement, self._plain.state, 1.0)
        return measured - began, time.perf_counter() - measured


def _done(measurement: Measurement) -> Measurement:
    """On a GPU an operation returns before it is done; reading its result is waiting for it."""
    float(measurement.gradient_norm)
    return measurement


def confirmations(content: np.ndarray, style: np.ndarray, options: Options) -> dict[str, Any]:
    """What one run with the defaults measures, and what of it is a step of its own: the rest confirms."""
    steps = {"steps": 3, "scale_steps": 3} if options.quick else {}
    settings = Settings(size=options.size, weights=options.weights).replaced(steps)
    pixels: list[int] = []
    measure = Measure.__call__

    def counted(self: Measure, image: tf.Tensor, targets: Mapping[str, Any]) -> Measurement:
        pixels.append(image.shape[1] * image.shape[2])
        return measure(self, image, targets)

    with mock.patch.object(Measure, "__call__", counted):
        result = stylize(content, style, settings=settings)
    recorded = [record.height * record.width for record in result.history]
    return {
        "measured": len(pixels),
        "recorded": len(recorded),
        "share": len(pixels) / len(recorded) - 1,
        "share_of_pixels": sum(pixels) / sum(recorded) - 1,
        "outcome": result.outcome.name.lower(),
    }
