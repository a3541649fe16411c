"""The matrix: every fault, everywhere, at every time, in every kind of run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.backbones import _weights
from steadystyle.backbones.compact import OWN_WEIGHTS
from steadystyle.core import discover
from steadystyle.core.contracts import Check
from steadystyle.core.flow import Verdict
from steadystyle.core.outcome import Result
from steadystyle.core.settings import Settings
from steadystyle.guard.judge import Guard
from steadystyle.transfer import problem, stylize
from steadystyle.transfer.measure import Measure
from tests.faults import EACH_STEP, EXTENTS, ONCE, POINTS, TIMES, VALUES, Fault
from tests.pairs import all_pairs
from tests.transfer.fault_runs import INJECTOR, Setting, check, content, run, run_without_injector, style

NAN, INF = float("nan"), float("inf")
OPTIMIZERS = discover.names("steadystyle.optimizers")
PLAIN = Setting("adam", "float32", "gram", "max", eager=False)
FEW_LAYERS = ("relu1_1", "relu1_2", "pool1", "relu3_1", "relu4_2", "relu4_4", "pool4", "relu5_1")
FACTORS: dict[str, Any] = {
    "point": POINTS,
    "value": VALUES,
    "extent": EXTENTS,
    "time": list(TIMES),
    "lasting": (False, True),
    "optimizer": OPTIMIZERS,
    "precision": ("float32", "bfloat16", "float16"),
    "style_loss": discover.names("steadystyle.losses.styles"),
    "pooling": ("max", "average"),
    "eager": (False, True),
}


def drawn(combination: dict[str, Any]) -> tuple[Setting, Fault]:
    """The run and the fault of one combination; what is only asked while a scale is set up has a fault then."""
    of = Setting(*(combination[name] for name in Setting._fields))
    fault = Fault(*(combination[name] for name in Fault._fields))
    if fault.point in ONCE and (
        fault.time != "first step of a new scale" or fault.point in {"content", "style 1", "weights"}
    ):
        fault = fault._replace(time="set-up")
    if fault.point == "loss scale":
        of = of._replace(precision="float16", eager=False)
    return of, fault


PAIRS = [
    drawn(one)
    for one in all_pairs({**FACTORS, "point": [p for p in POINTS if p[:4] not in {"relu", "pool"} or p in FEW_LAYERS]})
]
"""Every two values of any two factors meet; of the network's layers a few stand for all."""
REST = 1000
"""Random combinations of all that there are, among more than four million."""


def named(case: tuple[Setting, Fault]) -> str:
    """For the name of a test."""
    of, fault = case
    often = "from then on" if fault.lasting else "once"
    return f"{fault.value:g} in {fault.extent} of {fault.point}, {fault.time}, {often}; {', '.join(map(str, of))}"


@pytest.mark.parametrize("number", range(len(PAIRS)), ids=[named(case) for case in PAIRS])
def test_a_fault_is_repaired_or_ends_closed(number: int) -> None:
    """Once: finite, whole, told of, within a tenth of the clean loss. Lasting: one line and the best picture."""
    of, fault = PAIRS[number]
    check(of, OWN_WEIGHTS, fault, seed=number)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(20))
def test_any_fault_is_repaired_or_ends_closed(part: int) -> None:
    """The rest of the matrix, drawn at random."""
    generator = np.random.default_rng(1000 + part)
    for _ in range(REST // 20):
        of, fault = drawn({name: values[generator.integers(len(values))] for name, values in FACTORS.items()})
        check(of, OWN_WEIGHTS, fault, seed=int(generator.integers(10**6)))


@pytest.mark.parametrize("number", range(12))
def test_two_faults_at_once(number: int) -> None:
    """Different places, the same time or not: both are mended."""
    generator = np.random.default_rng(number)
    points = generator.choice([point for point in EACH_STEP if point != "loss scale"], 2, replace=False)
    time = generator.choice(list(TIMES)[1:], 2) if number % 2 else [generator.choice(list(TIMES)[1:])] * 2
    faults = [
        Fault(str(point), float(generator.choice(VALUES)), str(generator.choice(EXTENTS)), str(when), False)
        for point, when in zip(points, time, strict=True)
    ]
    check(PLAIN._replace(optimizer=OPTIMIZERS[number % len(OPTIMIZERS)]), OWN_WEIGHTS, *faults, seed=number)


def test_every_place_is_asked_and_no_other() -> None:
    """The places of the matrix are those that a run asks at: none is left out, and none is idle."""
    asked = set()
    for precision in ("float32", "float16"):
        run(PLAIN._replace(precision=precision), OWN_WEIGHTS)
        asked |= set(INJECTOR.asked)
    assert asked == set(POINTS)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_injector_that_does_nothing_changes_nothing(optimizer: str) -> None:
    """To the bit: with and without the injector in the graph."""
    of = PLAIN._replace(optimizer=optimizer)
    with_it, without = run(of, OWN_WEIGHTS).result, run_without_injector(of, OWN_WEIGHTS)
    assert with_it is not None
    np.testing.assert_array_equal(with_it.image, without.image)
    assert [record.loss for record in with_it.history] == [record.loss for record in without.history]


def test_nothing_of_the_injector_is_in_a_graph_that_was_traced_without_it() -> None:
    """It is compiled out: the graph has no operation that calls Python."""
    measure = problem.Problem(Settings(), "float32", content(), [style()]).measure
    measure(
        tf.constant(content()[np.newaxis]),
        measure.targets(
            {"content": [(tf.constant(content()[np.newaxis]), 1.0)], "style": [(tf.constant(style()[np.newaxis]), 1.0)]}
        ),
    )
    kinds = {operation.type for operation in measure._graph.graph.get_operations()}
    assert "Conv2D" in kinds
    assert not {kind for kind in kinds if "PyFunc" in kind}


# One check at a time is taken away, and is missed


def accepts(name: str) -> Any:
    """That check, but it accepts everything."""
    check = discover.feature("steadystyle.guard.checks", name, Check)  # type: ignore[type-abstract]
    return mock.patch.object(check, "verdict", return_value=Verdict(True))


def told(where: str, cause: str = "") -> Callable[[Result], bool]:
    """Whether an event of the result names that place, and cause."""
    return lambda result: any(event.where == where and cause in {"", event.cause} for event in result.events)


EVERYWHERE = ("all", "middle", True)
SITES: dict[str, tuple[Any, list[Fault], Callable[[Result], bool]]] = {
    "check finite": (accepts("finite"), [Fault("loss", NAN, "all", "middle", False)], told("loss")),
    "check range": (accepts("range"), [Fault("picture", 1.2, "one element", "middle", True)],
                    lambda result: float(result.image.max()) <= 1),
    "check flat": (accepts("flat"), [Fault("picture", 0.0, *EVERYWHERE)], told("image")),
    "check negative": (accepts("negative"), [Fault("loss", -1e38, *EVERYWHERE)], lambda result: result.loss >= 0),
    "check windfall": (accepts("windfall"), [Fault("loss", 1e-4, "all", "last step", False)],
                       lambda result: result.loss > 1e-3),
    "check leap": (accepts("leap"), [Fault("gradient", 1.0, "all", "middle", False)], told("gradient", "backend-bug")),
    "check first": (accepts("first"), [Fault("relu2_1", 65505.0, "one channel", "first step", False)],
                    told("relu2_2", "backend-bug")),
    "check explosion": (accepts("explosion"), [Fault("loss", 1e38, *EVERYWHERE)], told("loss", "high-learning-rate")),
    "check exploding-gradient": (accepts("exploding-gradient"), [Fault("gradient", 1e30, *EVERYWHERE)],
                                 told("gradient", "exploding-gradient")),
    "check vanished-gradient": (accepts("vanished-gradient"), [Fault("gradient", 0.0, *EVERYWHERE)], told("gradient")),
    "health before a pool": (mock.patch.object(Measure, "_watched", [], create=True),
                             [Fault("relu1_2", NAN, "one element", "middle", False)], told("relu1_2")),
    "weights at load": (mock.patch.object(_weights, "describe_nonfinite", return_value=""),
                        [Fault("weights", NAN, "one element", "set-up", True)], lambda result: result is None),
    "learning rate": (mock.patch.object(Guard, "_sound_rate_told", lambda self, rate: rate),
                      [Fault("learning rate", NAN, "all", "middle", False)], told("learning rate")),
    "what is set up is made twice": (mock.patch.object(stylize, "made_twice", lambda make, where, tell: make()),
                                     [Fault("start", 0.0, "a tenth", "set-up", False)], told("start")),
    "best is measured again": (mock.patch.object(Guard, "_retracted", return_value=None),
                               [Fault("relu4_2", 0.0, "all", "middle", False)], lambda result: True),
}  # fmt: skip
STATES = {"adam": "Adam", "lbfgs": "Lbfgs"}
