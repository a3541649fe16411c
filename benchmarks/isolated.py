"""Each benchmark in a process of its own, so that none inherits another's memory, threads or caches."""

from __future__ import annotations

import importlib
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from types import ModuleType
from typing import Any, ParamSpec, TypeVar

from benchmarks.options import Options

Parameters = ParamSpec("Parameters")
Found = TypeVar("Found")

FIGURES = ("speed", "steps-to-loss", "memory", "startup", "survival", "overhead")
"""What is measured unless told otherwise."""
NAMES = (
    *FIGURES,
    "sizes",
    "floor",
    "one-pass",
    "own-network",
    "six-styles",
    "faults",
    "training-faults",
    "doctor",
    "watching",
    "lint",
    "contact-sheet",
)


def benchmark(name: str) -> ModuleType:
    """The module of the benchmark `name`: it has a TITLE, `measure(options)` and `table(figures)`."""
    return importlib.import_module(f"benchmarks.{name.replace('-', '_')}")


def measure_apart(name: str, options: Options) -> dict[str, Any]:
    """The figures of one benchmark, from a fresh process."""
    return apart(_measure, name, options)


def apart(task: Callable[Parameters, Found], *given: Parameters.args, **named: Parameters.kwargs) -> Found:
    """What `task` returns in a fresh process, which has loaded nothing yet."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(task, *given, **named).result()


def _measure(name: str, options: Options) -> dict[str, Any]:
    figures: dict[str, Any] = benchmark(name).measure(options)
    return figures
