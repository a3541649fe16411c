"""A process that has TensorFlow loaded, shared by all tests that have the doctor run something."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from steadystyle.doctor.diagnose import Doctor
from steadystyle.doctor.report import Report
from steadystyle.doctor.request import Request
from steadystyle.doctor.runs import Runs
from tests.doctor.expectations import SCRIPTS, Expectation


@pytest.fixture(scope="session")
def runs() -> Iterator[Runs]:
    """It starts when it is first used."""
    with Runs() as shared:
        yield shared


@pytest.fixture
def diagnosed(runs: Runs) -> Callable[[Expectation], Report]:
    """The doctor's whole answer for a script."""
    return lambda expectation: Doctor(
        Request(expectation.script.name, (), str(SCRIPTS), time_limit=60), runs
    ).diagnose()
