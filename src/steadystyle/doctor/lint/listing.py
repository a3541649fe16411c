"""Findings for people, for machines and for code hosts."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from steadystyle.doctor.lint.check import Checked
from steadystyle.doctor.lint.contracts import Finding, Fix, Rule
from steadystyle.doctor.lint.edits import Fixed
from steadystyle.doctor.reports import sarif


def as_text(checked: Checked) -> Iterator[str]:
    """One line a finding, one more for its fix, and a last one that counts."""
    for finding in checked.findings:
        yield f"{finding.path}:{finding.line}:{finding.column}: {finding.rule}: {finding.message}"
        if finding.fix:
            yield f"    {'fix' if finding.fix.safe else 'hint'}: {finding.fix.summary}"
    found, files = len(checked.findings), checked.files
    safe = sum(bool(finding.fix and finding.fix.safe) for finding in checked.findings)
    fixable = f", {safe} of them fixed by --fix" if safe else ""
    yield f"{found} finding{'s' * (found != 1)} in {files} file{'s' * (files != 1)}{fixable}"


def as_json(checked: Checked) -> str:
    """One object; lines and columns from 1, columns in characters."""
    answer = {
        "files": checked.files,
        "findings": [_plain(finding) for finding in checked.findings],
        "unreadable": checked.unreadable,
        "remarks": checked.remarks,
    }
    return json.dumps(answer, indent=2, ensure_ascii=False)


def as_sarif(checked: Checked, rules: Mapping[str, Rule], version: str) -> str:
    """A SARIF log; what could not be read is told in it too."""
    described = [sarif.Described(name, rule.title, rule.why, f"docs/lint.md#{name}") for name, rule in rules.items()]
    results = [
        sarif.Result(
            finding.rule, "warning", finding.message, finding.path, _from_one(finding.region),
            {"cause": finding.cause}, finding.fix.summary if finding.fix else "", _replacements(finding.fix),
        )
        for finding in checked.findings
    ]  # fmt: skip
    return sarif.log(version, described, results, checked.unreadable)


def as_diff(fixed: Fixed) -> Iterator[str]:
    """What the fixes change, as a unified diff."""
    for path in fixed.changed:
        before, after = (text.splitlines(keepends=True) for text in (fixed.before[path], fixed.after[path]))
        for line in difflib.unified_diff(before, after, f"a/{path}", f"b/{path}"):
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _plain(finding: Finding) -> dict[str, Any]:
    fix = finding.fix
    line, column, end_line, end_column = _from_one(finding.region)
    return {
        "rule": finding.rule, "cause": finding.cause, "also": list(finding.also), "message": finding.message,
        "location": {
            "file": finding.path, "line": line, "column": column, "end_line": end_line, "end_column": end_column,
            "function": finding.function, "code": finding.code,
        },
        "fix": None if fix is None else {
            "summary": fix.summary, "safe": fix.safe,
            "edits": [{"region": list(region), "new": new} for region, new in _replacements(fix)],
        },
    }  # fmt: skip


def _from_one(region: tuple[int, int, int, int]) -> sarif.Region:
    return (region[0], region[1] + 1, region[2], region[3] + 1)


def _replacements(fix: Fix | None) -> tuple[tuple[sarif.Region, str], ...]:
    return tuple((_from_one(change.region), change.new) for change in fix.changes) if fix else ()
