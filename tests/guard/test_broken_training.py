"""Every fault, every optimizer, every way to train: nothing stays bad, and training goes on or stops closed."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from steadystyle.guard.faults import RISE
from tests.guard.broken_training import TRANSIENT, WAYS, Breakage, clean_loss


def combinations(*quick: tuple[str, str]) -> list[Any]:
    """Every optimizer in every way to train; the quick ones are in the fast suite."""
    every = itertools.product(("sgd", "adam", "rmsprop"), WAYS)
    return [pytest.param(*each, marks=[] if each in quick else [pytest.mark.slow]) for each in every]


@pytest.mark.parametrize("fault", TRANSIENT)
@pytest.mark.parametrize(("name", "way"), combinations(("sgd", "loop"), ("adam", "graph")))
def test_one_bad_step_costs_next_to_nothing(name: str, way: str, fault: str) -> None:
    """After one bad step all is finite, the cause is named, and training ends where it would have without it."""
    breakage, causes = TRANSIENT[fault]
    run = WAYS[way](name, breakage)
    assert all(np.isfinite(array).all() for array in run.arrays)
    assert not run.gave_up
    assert run.loss < 1.10 * clean_loss(name)
    if (name, fault) != ("sgd", "zero-gradient"):  # which is no fault for SGD
        assert {event.cause for event in run.events} == causes
        assert {event.step for event in run.events} == {breakage.first}


@pytest.mark.parametrize("fault", ["nan-loss", "gradient", "batch", "slots", "schedule"])
@pytest.mark.parametrize(("name", "way"), combinations(("sgd", "loop")))
def test_a_fault_that_stays_ends_training_closed(name: str, way: str, fault: str) -> None:
    """When no repair helps, training stops with finite weights that are as good as before the fault."""
    run = WAYS[way](name, Breakage(fault, persistent=True))
    assert run.gave_up
    assert run.events[-1].remedy == "gave up"
    assert all(np.isfinite(array).all() for array in run.arrays)


@pytest.mark.parametrize("name", ["sgd", "adam", "rmsprop"])
def test_a_rate_that_stays_too_high_is_lowered(name: str) -> None:
    """A thousand times the learning rate for good: the guard goes on with less of it, and all stays finite."""
    run = WAYS["loop"](name, Breakage("rate-x1000", persistent=True))
    assert all(np.isfinite(array).all() for array in run.arrays)
    assert run.events
    assert run.loss < 18.3 * RISE[0]  # 18.3 is where it began
    assert {event.cause for event in run.events} == {"high-learning-rate"}
