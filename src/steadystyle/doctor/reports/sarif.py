"""The report for code hosts: SARIF 2.1.0, as plain JSON. Of the linter's findings and of the doctor's diagnosis."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from steadystyle.core.causes import CAUSES
from steadystyle.doctor.report import Report

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

Region = tuple[int, int, int, int]
"""First line, first column, last line, the column after the last; all from 1, in characters."""


@dataclass(frozen=True)
class Described:
    """A rule or cause, in words."""

    name: str
    title: str
    text: str
    help: str


@dataclass(frozen=True)
class Result:
    """One thing that was found."""

    name: str
    level: str
    """error, warning or note."""
    message: str
    path: str
    region: Region | None
    properties: Mapping[str, Any] = field(default_factory=dict)
    fix: str = ""
    replacements: Sequence[tuple[Region, str]] = ()


def log(version: str, described: Sequence[Described], results: Sequence[Result], failures: Sequence[str] = ()) -> str:
    """A log of one run.

    Args:
        version: of SteadyStyle.
        failures: what could not be looked at, a line each.
    """
    positions = {one.name: position for position, one in enumerate(described)}
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "SteadyStyle", "version": version, "rules": [_rule(one) for one in described]}},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not failures,
                "toolExecutionNotifications": [{"level": "error", "message": {"text": text}} for text in failures],
            }
        ],
        "results": [_result(one, positions) for one in results],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def of_diagnosis(report: Report, version: str) -> str:
    """A log of what the doctor found when it ran a script; a healthy one has no results."""
    if report.verdict != "nonfinite":
        failures = list(report.evidence) if report.verdict == "crashed" else []
        return log(version, [], [], failures)
    words, place, fix = CAUSES[report.cause], report.place, report.fix
    seen = [f"First bad value: a {report.what_went_bad}, at step {report.first_bad_step}.", *report.evidence]
    properties = {
        "confidence": report.confidence,
        "origin_op": report.origin_op,
        "direction": report.direction,
        "verified_fix": bool(fix and fix.verified),
        **({"edit": fix.edit} if fix else {}),
    }
    result = Result(
        report.cause, "error", "\n".join([f"{words.title}.", *seen]), place.file if place else "",
        (place.line, 1, place.line, 1) if place else None, properties,
    )  # fmt: skip
    return log(version, [Described(report.cause, words.title, words.what, f"docs/causes.md#{report.cause}")], [result])


def _rule(one: Described) -> dict[str, Any]:
    return {
        "id": one.name,
        "shortDescription": {"text": one.title},
        "fullDescription": {"text": one.text},
        "help": {"text": f"{one.text} See {one.help}."},
    }


def _result(one: Result, positions: Mapping[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": one.name,
        "ruleIndex": positions[one.name],
        "level": one.level,
        "message": {"text": f"{one.message}. Fix: {one.fix}" if one.fix else one.message},
        "properties": dict(one.properties),
    }
    if one.path and one.region:
        location = {"artifactLocation": {"uri": _uri(one.path)}, "region": _region(one.region)}
        result["locations"] = [{"physicalLocation": location}]
    if one.replacements:
        replacements = [
            {"deletedRegion": _region(region), "insertedContent": {"text": text}} for region, text in one.replacements
        ]
        change = {"artifactLocation": {"uri": _uri(one.path)}, "replacements": replacements}
        result["fixes"] = [{"description": {"text": one.fix}, "artifactChanges": [change]}]
    return result


def _region(region: Region) -> dict[str, int]:
    line, column, end_line, end_column = region
    if (line, column) == (end_line, end_column):
        return {"startLine": line}
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def _uri(path: str) -> str:
    pure = PurePath(path)
    return pure.as_uri() if pure.is_absolute() else quote(pure.as_posix())
