"""Every script of `scripts/` through the real doctor; a handful of them on every run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from steadystyle.core import discover
from steadystyle.doctor.diagnose import Doctor
from steadystyle.doctor.report import Report
from steadystyle.doctor.request import Request
from steadystyle.doctor.runs import Runs
from steadystyle.doctor.verdict import CAUSES
from tests.doctor.expectations import SCRIPTS, Expectation, expectations

FAST = {
    "high_rate_by_hand",
    "zero_division_mask",
    "log_in_sibling",
    "range_uint8_wraps",
    "masked_log",
    "nan_in_batch_loop",
    "healthy_mask",
    "healthy_best",
    "healthy_skips_bad_step",
}
NO_EDIT = {"label_outside_xla"}
"""Scripts that no small edit of the source can mend: labels and last layer have to be made to agree."""


@pytest.fixture(scope="module")
def runs() -> Iterator[Runs]:
    """One second process for all scripts: TensorFlow is loaded once."""
    with Runs() as made:
        yield made


def diagnosed(script: str, runs: Runs) -> Report:
    """The doctor's whole answer."""
    return Doctor(Request(script, (), str(SCRIPTS), time_limit=60), runs).diagnose()


def check(expectation: Expectation, runs: Runs) -> None:
    """Compare it with what the script expects."""
    report = diagnosed(expectation.script.name, runs)
    assert report.cause in expectation.causes, report
    if expectation.healthy:
        assert report.verdict == "healthy"
        return
    assert report.place is not None
    assert (report.place.file, report.place.line) in expectation.lines, report
    assert expectation.script.stem in NO_EDIT or (report.fix is not None and report.fix.verified), report


@pytest.mark.parametrize(
    "expectation", [e for e in expectations() if e.script.stem in FAST], ids=lambda e: e.script.stem
)
def test_the_doctor_is_right(expectation: Expectation, runs: Runs) -> None:
    """Cause and line are the expected ones, and the fix was tried and holds."""
    check(expectation, runs)


@pytest.mark.slow
@pytest.mark.parametrize(
    "expectation", [e for e in expectations() if e.script.stem not in FAST], ids=lambda e: e.script.stem
)
def test_the_doctor_is_right_of_all(expectation: Expectation, runs: Runs) -> None:
    """Cause and line are the expected ones, and the fix was tried and holds."""
    check(expectation, runs)


def test_every_cause_has_words() -> None:
    """Whatever the doctor can name is explained in core/causes.py."""
    from steadystyle.core.causes import CAUSES as WORDS

    assert set(discover.names(CAUSES)) <= set(WORDS)


def test_nothing_is_expected_that_cannot_be_named() -> None:
    """The ids in the scripts are ids of causes."""
    known = {*discover.names(CAUSES), "healthy"}
    assert all(set(expectation.causes) <= known for expectation in expectations())
