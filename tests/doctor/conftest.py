"""Processes that have TensorFlow loaded, shared by all tests that have the doctor run something."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from queue import LifoQueue

import pytest

from steadystyle.doctor.diagnose import Doctor
from steadystyle.doctor.report import Report
from steadystyle.doctor.request import Request
from steadystyle.doctor.runs import Runs
from tests.doctor.expectations import SCRIPTS, Expectation

AT_A_TIME = min(2, os.cpu_count() or 1)


@pytest.fixture(scope="session")
def nurseries() -> Iterator[LifoQueue[Runs]]:
    """Those that are free; each starts when it is first used."""
    with ExitStack() as stack:
        free: LifoQueue[Runs] = LifoQueue()
        for _ in range(AT_A_TIME):
            free.put(stack.enter_context(Runs()))
        yield free


@pytest.fixture
def runs(nurseries: LifoQueue[Runs]) -> Iterator[Runs]:
    """One of them, for one test."""
    mine = nurseries.get()
    yield mine
    nurseries.put(mine)


@pytest.fixture(scope="session")
def diagnosed(request: pytest.FixtureRequest, nurseries: LifoQueue[Runs]) -> Iterator[Callable[[Expectation], Report]]:
    """The doctor's whole answer for a script; those of the tests to come are worked on meanwhile."""

    def diagnose(expectation: Expectation) -> Report:
        mine = nurseries.get()
        try:
            return Doctor(Request(expectation.script.name, (), str(SCRIPTS), time_limit=60), mine).diagnose()
        finally:
            nurseries.put(mine)

    told = [getattr(item, "callspec", None) for item in request.session.items if "diagnosed" in _fixtures(item)]
    wanted = [one.params["expectation"] for one in told if one is not None]
    threads = ThreadPoolExecutor(AT_A_TIME)
    answers = {expectation: threads.submit(diagnose, expectation) for expectation in wanted}
    yield lambda expectation: answers[expectation].result()
    threads.shutdown(cancel_futures=True)


def _fixtures(item: pytest.Item) -> list[str]:
    return getattr(item, "fixturenames", [])
