"""The matrix: every fault, everywhere, at every time, in every kind of run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.backbones.compact import OWN_WEIGHTS, Compact
from steadystyle.core import discover, weights
from steadystyle.core.contracts import Check
from steadystyle.core.flow import Verdict
from steadystyle.core.outcome import Result
from steadystyle.core.settings import Settings
from steadystyle.guard.judge import Guard
from steadystyle.images.recognised import Recognised
from steadystyle.optimizers.adam import Adam
from steadystyle.optimizers.lbfgs import Lbfgs
from steadystyle.transfer import problem, stylize
from steadystyle.transfer import run as run_module
from steadystyle.transfer.measure import Measure
from tests.faults import EACH_STEP, EXTENTS, ONCE, POINTS, TIMES, VALUES, Fault
from tests.pairs import all_pairs
from tests.transfer.fault_runs import INJECTOR, Ended, Setting, check, content, run, run_without_injector, style

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
    "eager": (False,) * 7 + (True,),  # ten times slower
}


def drawn(combination: dict[str, Any]) -> tuple[Setting, Fault]:
    """The run and the fault of one combination; what is only asked while a scale is set up has a fault then, and the
    content, which is not resized for the last one, has it at the first.
    """
    of = Setting(*(combination[name] for name in Setting._fields if name in combination))
    fault = Fault(*(combination[name] for name in Fault._fields))
    if fault.point in ONCE and (
        fault.time != "first step of a new scale" or fault.point in {"content", "style 1", "weights", "resized content"}
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
FAST = [number for number, (of, _) in enumerate(PAIRS) if of[1:] == PLAIN[1:]]
"""Those that need no graph of their own are tried whenever the tests are run, the others with the slow ones."""
REST = 50
"""Random combinations of all that there are, among more than four million."""


def at_random(count: int) -> list[tuple[int, tuple[Setting, Fault]]]:
    """So many combinations, each with the seed of what it damages."""
    generator = np.random.default_rng(1000)
    return [
        (
            int(generator.integers(10**6)),
            drawn({name: values[generator.integers(len(values))] for name, values in FACTORS.items()}),
        )
        for _ in range(count)
    ]


def named(case: tuple[Setting, Fault]) -> str:
    """For the name of a test."""
    of, fault = case
    often = "from then on" if fault.lasting else "once"
    return f"{fault.value:g} in {fault.extent} of {fault.point}, {fault.time}, {often}; {', '.join(map(str, of))}"


@pytest.mark.parametrize("number", [
    pytest.param(number, id=named(case), marks=() if number in FAST else pytest.mark.slow)
    for number, case in enumerate(PAIRS)
])  # fmt: skip
def test_a_fault_is_repaired_or_ends_closed(number: int) -> None:
    """Once: finite, whole, told of, within a tenth of the clean loss. Lasting: one line and the best picture."""
    of, fault = PAIRS[number]
    check(of, OWN_WEIGHTS, fault, seed=number)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(5))
def test_any_fault_is_repaired_or_ends_closed(part: int) -> None:
    """The rest of the matrix, drawn at random."""
    for seed, (of, fault) in at_random(REST)[part::5]:
        check(of, OWN_WEIGHTS, fault, seed=seed)


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


IN_TILES: list[tuple[str, Fault]] = [
    ("lbfgs", Fault("relu1_1", NAN, "one element", "middle", False)),
    ("adam", Fault("relu3_3", NAN, "one channel", "first step", False)),
    ("adam", Fault("pool1", NAN, "a tenth", "last step", False)),
    ("lbfgs", Fault("relu4_4", INF, "one element", "middle", True)),
    ("lbfgs", Fault("gradient", NAN, "one element", "last step", False)),
    ("adam", Fault("gradient", 1e38, "a tenth", "middle", True)),
    ("lbfgs", Fault("target of content", NAN, "one element", "first step of a new scale", False)),
    ("adam", Fault("target of style", INF, "all", "set-up", False)),
    ("lbfgs", Fault("term style", NAN, "all", "middle", True)),
    ("adam", Fault("loss", -INF, "all", "first step of a new scale", False)),
    ("lbfgs", Fault("picture", NAN, "one element", "middle", False)),
    ("adam", Fault("optimizer state", NAN, "one element", "middle", False)),
]


@pytest.mark.parametrize(("optimizer", "fault"), IN_TILES, ids=lambda value: str(getattr(value, "point", value)))
def test_a_fault_in_a_tile_is_one_of_the_picture(optimizer: str, fault: Fault) -> None:
    """Found and mended, or ended closed, as where the picture is measured at once."""
    check(PLAIN._replace(optimizer=optimizer, tile=16), OWN_WEIGHTS, fault, seed=1)


def test_every_place_is_asked_in_tiles_too() -> None:
    """As in a picture that is measured at once."""
    run(PLAIN._replace(tile=16), OWN_WEIGHTS)
    assert set(INJECTOR.asked) == set(POINTS) - {"loss scale"} | ({"loss scale"} & set(INJECTOR.asked))


def test_every_place_is_asked_and_no_other() -> None:
    """The places of the matrix are those that a run asks at: none is left out, and none is idle."""
    asked = set()
    for precision in ("float32", "float16"):
        run(PLAIN._replace(precision=precision), OWN_WEIGHTS)
        asked |= set(INJECTOR.asked)
    assert asked == set(POINTS)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_injector_that_does_nothing_changes_nothing(optimizer: str) -> None:
    """The picture is the same to the bit, with and without the injector in the graph."""
    of = PLAIN._replace(optimizer=optimizer)
    with_it, without = run(of, OWN_WEIGHTS).result, run_without_injector(of, OWN_WEIGHTS)
    assert with_it is not None
    np.testing.assert_array_equal(with_it.image, without.image)
    # TensorFlow sums the terms in another order where something may look at them: that is all.
    one, other = ([record.loss for record in result.history] for result in (with_it, without))
    np.testing.assert_allclose(one, other, rtol=1e-6)


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


def told(where: str, cause: str = "", time: str = "") -> Callable[[Ended], bool]:
    """Whether an event names that place and cause, at that time."""
    wanted = {"where": where, "cause": cause, "step": TIMES.get(time, "")}

    def is_told(result: Result) -> bool:
        return any(
            all(value in {"", getattr(event, name)} for name, value in wanted.items()) for event in result.events
        )

    return found(is_told)


def evident(words: str) -> Callable[[Ended], bool]:
    """Whether those are in the evidence of an event."""
    return found(lambda result: any(words in event.evidence for event in result.events))


def found(condition: Callable[[Result], bool]) -> Callable[[Ended], bool]:
    """Whether that holds of the result."""
    return lambda ended: ended.result is not None and condition(ended.result)


ALWAYS = ("all", "middle", True)
LBFGS = PLAIN._replace(optimizer="lbfgs")
SITES: dict[str, tuple[Any, Setting, Fault, Callable[[Ended], bool]]] = {
    "finite": (accepts("finite"), PLAIN, Fault("loss", NAN, "all", "middle", False), told("loss", "backend-bug")),
    "range": (accepts("range"), PLAIN, Fault("picture", 1.2, "one element", "last step", True), told("image")),
    "flat": (accepts("flat"), PLAIN, Fault("picture", 0.0, *ALWAYS), told("image")),
    "negative": (accepts("negative"), PLAIN, Fault("loss", -1e38, *ALWAYS), found(lambda result: result.loss >= 0)),
    "windfall": (accepts("windfall"), PLAIN, Fault("loss", 1e-4, "all", "last step", False),
                 found(lambda result: result.loss > 1e-3)),
    "leap": (accepts("leap"), PLAIN, Fault("gradient", 1.0, "all", "middle", False),
             told("gradient", "backend-bug", "middle")),
    "first": (accepts("first"), PLAIN, Fault("relu2_1", 65505.0, "one channel", "first step", False),
              told("relu2_2", "backend-bug")),
    "explosion": (accepts("explosion"), PLAIN, Fault("loss", 1e30, *ALWAYS), evident(" after ")),
    "exploding-gradient": (accepts("exploding-gradient"), PLAIN, Fault("gradient", 1e30, *ALWAYS),
                           told("gradient", "exploding-gradient")),
    "vanished-gradient": (accepts("vanished-gradient"), PLAIN, Fault("gradient", 0.0, *ALWAYS),
                          told("gradient", "unknown")),
    "before a pool": (mock.patch.object(Measure, "_unseen", return_value=[]), PLAIN,
                      Fault("relu1_2", NAN, "one element", "middle", True), told("relu1_2")),
    "after a pool": (mock.patch.object(Compact, "pool_before", return_value=None), PLAIN._replace(precision="bfloat16"),
                     Fault("pool1", NAN, "a tenth", "last step", True), told("pool1")),
    "weights": (mock.patch.object(weights, "describe_nonfinite", return_value=""), PLAIN,
                Fault("weights", NAN, "one element", "set-up", True), lambda ended: ended.error is not None),
    "pictures": (mock.patch.object(stylize, "as_picture", lambda value: Recognised(value)), PLAIN,
                 Fault("content", NAN, "one element", "set-up", True), told("content", "nonfinite-input")),
    "learning rate": (mock.patch.object(Guard, "_sound_rate_told", lambda self, rate: rate), PLAIN,
                      Fault("learning rate", NAN, "all", "middle", False), told("learning rate")),
    "start": (mock.patch.object(run_module, "made_twice", lambda make, where, tell: make()), PLAIN,
              Fault("start", 0.0, "a tenth", "set-up", False), told("start")),
    "targets": (mock.patch.object(problem, "made_twice", lambda make, where, tell: make()), PLAIN,
                Fault("target of style", 65505.0, "one element", "set-up", False), told("targets")),
    "state of adam": (mock.patch.object(Adam, "is_sound", return_value=True), PLAIN,
                      Fault("optimizer state", -1.0, "all", "middle", False), told("optimizer state")),
    "state of lbfgs": (mock.patch.object(Lbfgs, "is_sound", return_value=True), LBFGS,
                       Fault("optimizer state", NAN, "all", "middle", False), told("optimizer state")),
    "best": (mock.patch.object(Guard, "_retracted", return_value=None), LBFGS,
             Fault("loss", 0.955, "all", "middle", False), told("loss", "backend-bug")),
}  # fmt: skip
"""What finds a fault, without which it is not found: the check, a run, a fault, and what has to be found."""
PART = {"state of lbfgs": 3}
"""Seeds that choose which part of a state is damaged: one that is not made anew at each step."""


@pytest.mark.parametrize("site", SITES)
def test_a_check_that_is_taken_away_is_missed(site: str) -> None:
    """With it the fault is found; without it, it is not."""
    check, of, fault, is_found = SITES[site]
    if site == "best":  # too good by so little that it is believed
        clean = run(of, OWN_WEIGHTS).result
        assert clean is not None
        fault = fault._replace(value=fault.value * clean.history[TIMES[fault.time] - 1].loss)
    for there in (True, False):
        with contextlib.nullcontext() if there else check, np.errstate(all="ignore"):
            assert is_found(run(of, OWN_WEIGHTS, fault, seed=PART.get(site, 4))) is there


def test_every_check_is_taken_away_once() -> None:
    """No check is there that nothing misses; what bounces has tests of its own."""
    assert set(discover.names("steadystyle.guard.checks")) - {"bouncing"} <= set(SITES)
