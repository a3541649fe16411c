"""Whole runs with faults in them, and what must hold of how they end."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.core.errors import SteadyStyleError
from steadystyle.core.injection import injecting
from steadystyle.core.outcome import Event, Outcome, Result
from steadystyle.core.settings import Settings
from steadystyle.transfer import problem, scales
from steadystyle.transfer import run as run_module
from steadystyle.transfer.measure import Measure
from steadystyle.transfer.memory import Fit
from steadystyle.transfer.problem import Problem
from steadystyle.transfer.stylize import stylize
from steadystyle.transfer.tiles import Tiled
from tests.faults import EACH_STEP, SCALE_STEPS, STEPS, Fault, Injector
from tests.transfer.graphs import SharedGraphs

INJECTOR = Injector()
"""One for all runs, as the graphs, which are shared by them, go on asking the one that they were traced with."""
SHARED = SharedGraphs()
TILED = SharedGraphs(Tiled)
"""Those that ask the injector."""
HEIGHT, WIDTH = 24, 32
TOLERANCE = 1.10
"""How much higher the loss may end than that of the same run without a fault."""
GIVEN = {"content", "style 1", "weights"}
"""What a run is given: another picture is another problem, and is refused or put right where it is none."""


class Setting(NamedTuple):
    """What a run with a fault is a run of."""

    optimizer: str
    precision: str
    style_loss: str
    pooling: str
    eager: bool
    tile: int | None = None


class Ended(NamedTuple):
    """How a run ended: with a result, or with an error that was raised on purpose."""

    result: Result | None
    error: SteadyStyleError | None


@functools.cache
def content() -> np.ndarray:
    """A smooth picture with an edge."""
    down, across = np.indices((HEIGHT, WIDTH)) / WIDTH
    return np.stack([down, across, (down + across > 0.6) * 0.5], -1).astype(np.float32)


@functools.cache
def style() -> np.ndarray:
    """Coarse random blocks."""
    return np.kron(np.random.default_rng(3).random((7, 5, 3)), np.ones((4, 4, 1))).astype(np.float32)


def settings(of: Setting, weights: Path) -> dict[str, Any]:
    """For `stylize`."""
    return {
        "size": WIDTH, "steps": STEPS, "scale_steps": SCALE_STEPS, "style_weight": 1.0, "weights": weights,
        "optimizer": of.optimizer, "precision": of.precision, "style_loss": of.style_loss, "pooling": of.pooling,
    }  # fmt: skip


def run(of: Setting, weights: Path, *faults: Fault, seed: int = 0) -> Ended:
    """One run through two scales with these faults."""
    INJECTOR.arm(*faults, seed=seed)
    with injecting(INJECTOR), measured(of), mock.patch.object(scales, "COARSEST", WIDTH // 2):
        try:
            return Ended(stylize(content(), style(), **settings(of, weights)), None)
        except SteadyStyleError as error:
            return Ended(None, error)


def run_without_injector(of: Setting, weights: Path) -> Result:
    """The same run as the user's: nothing asks, in a graph of its own."""
    with mock.patch.object(scales, "COARSEST", WIDTH // 2):
        return stylize(content(), style(), **settings(of, weights))


@contextmanager
def measured(of: Setting) -> Iterator[None]:
    """By shared graphs, whole or in tiles, or operation by operation, as in the replay."""
    if of.tile is not None:
        fit = Fit(of.tile, math.inf, 1.0, 0.0, 0.0)
        with mock.patch.object(run_module, "fit", return_value=fit), mock.patch.object(problem, "Tiled", TILED):
            yield
    elif of.eager:
        with mock.patch.object(Measure, "__call__", Measure.in_detail):
            yield
    else:
        with mock.patch.object(problem, "Measure", SHARED):
            yield


def clean_loss(picture: np.ndarray, of: Setting, weights: Path) -> float:
    """The loss of `picture` by a problem of its own, in float32, into which nothing is put."""
    found = _clean_problem(of._replace(optimizer="adam", precision="float32", eager=False, tile=None), weights)
    return float(found(tf.constant(picture[np.newaxis])).loss)


@functools.cache
def _clean_problem(of: Setting, weights: Path) -> problem.Posed:
    wanted = Settings(**settings(of, weights))
    return Problem(wanted, "float32", content(), [style()]).at(scales.plan(wanted, HEIGHT, WIDTH)[-1])


@functools.cache
def clean_run(of: Setting, weights: Path) -> tuple[np.ndarray, float]:
    """The picture of the same run without a fault, and its loss."""
    ended = run(of, weights)
    assert ended.result is not None
    assert not repairs(ended.result)
    return ended.result.image, clean_loss(ended.result.image, of, weights)


def repairs(result: Result) -> list[Event]:
    """The events that are more than said, as that a picture is measured in tiles."""
    return [event for event in result.events if event.repaired]


def is_a_good_picture(image: np.ndarray) -> bool:
    """Of the right size, finite, in [0, 1], and not degenerate."""
    whole = image.shape == (HEIGHT, WIDTH, 3) and image.dtype == np.float32 and bool(np.isfinite(image).all())
    return whole and bool(image.min() >= 0 and image.max() <= 1 and image.std() > 0.02)


def check_closed(ended: Ended) -> bool:
    """Whether the run ended closed: with one line, and the best finite picture if there was one."""
    if ended.error is not None:
        assert "\n" not in str(ended.error)
        assert len(str(ended.error)) > 20
        assert 2 <= ended.error.exit_code <= 6
        return True
    assert ended.result is not None
    assert is_a_good_picture(ended.result.image)
    if ended.result.outcome is not Outcome.GAVE_UP:
        return False
    assert ended.result.outcome.exit_code == 7
    assert "the run ends" in {event.effect for event in ended.result.events}
    return True


def check(of: Setting, weights: Path, *faults: Fault, seed: int = 0) -> Result | None:
    """A transient fault is repaired and told of; a persistent one ends closed, or does no harm."""
    ended = run(of, weights, *faults, seed=seed)
    closed = check_closed(ended)
    asked_for = any(fault.point in GIVEN for fault in faults)
    if closed:
        assert asked_for or any(fault.lasting for fault in faults), ended
        return ended.result
    result = ended.result
    assert result is not None
    assert set(INJECTOR.fired) == set(faults), "a fault was never put in"
    assert np.isfinite(result.loss)
    for fault in faults:
        # Of what is made at set-up, and of an optimizer's state, some is not used again: nobody is told of that.
        unused = fault.point == "optimizer state" or (fault.point in EACH_STEP and fault.time == "set-up")
        assert math.isfinite(fault.value) or unused or repairs(result), "not a word about it"
    loss, (_, best) = clean_loss(result.image, of, weights), clean_run(of, weights)
    if asked_for:
        return result  # the loss is another one
    if any(fault.lasting for fault in faults):
        # It goes on being measured wrongly: all that can be asked is that it did no harm.
        assert loss <= 1.02 * clean_loss(content(), of, weights), (loss, best, result.events)
    else:
        assert loss <= TOLERANCE * best, (loss, best, result.events)
        assert result.loss == pytest.approx(loss, rel=0.1), result.events
    return result


class Summary(NamedTuple):
    """How a run with a fault ended, for a table.

    Attributes:
        ratio: of the loss to that of the clean run; None where there is no picture, or the fault makes another problem.
        went_wrong: what did not hold of it; empty if all did.
    """

    refused: bool
    gave_up: bool
    events: int
    ratio: float | None
    went_wrong: str


def summed_up(of: Setting, weights: Path, fault: Fault, seed: int = 0) -> Summary:
    """Check one run, and tell how it ended instead of failing."""
    try:
        result = check(of, weights, fault, seed=seed)
    except Exception as error:  # the benchmark goes on, and says so
        return Summary(False, False, 0, None, f"{type(error).__name__}: {error}"[:300])
    if result is None:
        return Summary(True, False, 0, None, "")
    gave_up = result.outcome is Outcome.GAVE_UP
    comparable = not gave_up and fault.point not in GIVEN
    ratio = clean_loss(result.image, of, weights) / clean_run(of, weights)[1] if comparable else None
    return Summary(False, gave_up, len(result.events), ratio, "")
