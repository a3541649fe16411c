"""Every script of `scripts/` through the real doctor; a handful of them on every run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from steadystyle.core import discover
from steadystyle.doctor.report import Report
from steadystyle.doctor.verdict import CAUSES
from tests.doctor.expectations import Expectation, expectations

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


def check(expectation: Expectation, report: Report) -> None:
    """Compare the doctor's answer with what the script expects."""
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
def test_the_doctor_is_right(expectation: Expectation, diagnosed: Callable[[Expectation], Report]) -> None:
    """Cause and line are the expected ones, and the fix was tried and holds."""
    check(expectation, diagnosed(expectation))


@pytest.mark.slow
@pytest.mark.parametrize(
    "expectation", [e for e in expectations() if e.script.stem not in FAST], ids=lambda e: e.script.stem
)
def test_the_doctor_is_right_of_all(expectation: Expectation, diagnosed: Callable[[Expectation], Report]) -> None:
    """Cause and line are the expected ones, and the fix was tried and holds."""
    check(expectation, diagnosed(expectation))


def test_every_cause_has_words() -> None:
    """Whatever the doctor can name is explained in core/causes.py."""
    from steadystyle.core.causes import CAUSES as WORDS

    assert set(discover.names(CAUSES)) <= set(WORDS)


def test_nothing_is_expected_that_cannot_be_named() -> None:
    """The ids in the scripts are ids of causes."""
    known = {*discover.names(CAUSES), "healthy"}
    assert all(set(expectation.causes) <= known for expectation in expectations())
