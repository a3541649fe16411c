"""What goes wrong in the doctor itself is told, and ends nothing."""

from __future__ import annotations

import json

import pytest

from steadystyle.doctor import failures, verdict
from steadystyle.doctor.answer import ended_otherwise
from steadystyle.doctor.causes.zero_division import ZeroDivision
from steadystyle.doctor.contracts import Case
from steadystyle.doctor.observed import Observed
from steadystyle.doctor.reports.json import as_json
from steadystyle.doctor.reports.terminal import as_text


@pytest.fixture(autouse=True)
def _nothing_before() -> None:
    failures.forget()


def test_a_failure_of_watching_is_in_every_report() -> None:
    """At the terminal and in JSON, beside the verdict."""
    report = ended_otherwise(Observed(steps=3, failures=["ValueError: no such tensor"]), ".", None)
    assert report.verdict == "healthy"
    assert "no such tensor" in as_text(report)
    assert "no such tensor" in json.loads(as_json(report))["note"]


def test_a_cause_that_fails_does_not_silence_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is left out, and that is remembered."""

    def fail(self: ZeroDivision, case: Case) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(ZeroDivision, "examine", fail)
    nothing = Observed()
    assert verdict.opinions(Case(nothing, None, nothing)) == []
    assert failures.seen() == ["RuntimeError: a mistake of ours"]


def test_the_same_failure_is_told_once() -> None:
    """A failure of every step would fill the report."""
    for _ in range(3):
        with failures.kept():
            raise ValueError("again")
    assert failures.seen() == ["ValueError: again"]
