"""Competitors measured in turn, so that a machine that gets slower or busier does so for all of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def alternate(
    competitors: Mapping[str, Callable[[], float]], rounds: int, warm_up: int = 0
) -> dict[str, dict[str, Any]]:
    """Let each competitor measure itself once a round, and summarise.

    Args:
        competitors: by name; each does its task once and returns a number (seconds, bytes).
        warm_up: first rounds that do not count.
    """
    numbers: dict[str, list[float]] = {name: [] for name in competitors}
    for number in range(warm_up + rounds):
        for name, measure in competitors.items():
            value = measure()
            if number >= warm_up:
                numbers[name].append(value)
    return {name: summary(values) for name, values in numbers.items()}


def summary(values: Sequence[float]) -> dict[str, Any]:
    """The median, which is what is quoted, the range, and how many there were."""
    return {
        "median": statistics.median(values),
        "lowest": min(values),
        "highest": max(values),
        "count": len(values),
    }


def seconds_of(task: Callable[[], object]) -> float:
    """How long `task` takes."""
    began = time.perf_counter()
    task()
    return time.perf_counter() - began


def quartiles(values: Sequence[float]) -> list[float]:
    """Lower quartile, median, upper quartile."""
    return statistics.quantiles(values, n=4, method="inclusive")
