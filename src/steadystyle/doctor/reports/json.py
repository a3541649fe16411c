"""The report for machines."""

from __future__ import annotations

import json
from typing import Any

from steadystyle.doctor.report import Report


def as_json(report: Report) -> str:
    """One object, readable by people too; NaN never appears in it as a number."""
    return json.dumps(as_plain(report), indent=2, ensure_ascii=False, allow_nan=False)


def as_plain(report: Report) -> dict[str, Any]:
    """The report as plain values."""
    place = report.place
    location = (
        {"file": place.file, "line": place.line, "function": place.function, "code": place.code} if place else None
    )
    fix = report.fix
    answer: dict[str, Any] = {
        "verdict": report.verdict,
        "cause": report.cause,
        "confidence": report.confidence,
        "location": location,
        "first_bad_step": report.first_bad_step,
        "what_went_bad": report.what_went_bad or None,
        "origin_op": report.origin_op or None,
        "direction": report.direction or None,
        "evidence": list(report.evidence),
        "also_considered": [{"cause": cause, "why_not": why} for cause, why in report.also_considered],
        "fix": None
        if fix is None
        else {"summary": fix.summary, "edit": fix.edit, "verified": fix.verified, "experiment": fix.experiment},
    }
    if report.note:
        answer["note"] = report.note
    return answer
