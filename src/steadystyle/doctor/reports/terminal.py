"""The report for people at a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from steadystyle.core.causes import CAUSES
from steadystyle.doctor.report import Report

WIDTH = 100


def as_text(report: Report) -> str:
    """The report in plain words, without colours."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    if report.verdict == "healthy":
        yield "Nothing that matters became NaN or infinite."
        yield from (f"  {line}" for line in [*report.evidence, report.note] if line)
        return
    if report.verdict == "crashed":
        yield "The script failed:"
        yield from (f"  {line}" for line in report.evidence)
        yield from _where(report)
        if report.cause != "unknown":
            yield f"{CAUSES[report.cause].title}  [{report.cause}]"
            yield from _fix(report, CAUSES[report.cause].advice_elsewhere)
        return
    words = CAUSES[report.cause]
    yield f"{words.title}  [{report.cause}, confidence {report.confidence:.2f}]"
    yield f"First bad value: a {report.what_went_bad}, at step {report.first_bad_step}."
    yield from _where(report)
    yield ""
    yield from textwrap.wrap(words.what, WIDTH)
    yield "Evidence:"
    for evidence in report.evidence:
        yield from textwrap.wrap(evidence, WIDTH, initial_indent="  - ", subsequent_indent="    ")
    yield from _fix(report, words.advice_elsewhere)
    if report.also_considered:
        yield "Also considered: " + ", ".join(cause for cause, _ in report.also_considered)
    if report.note:
        yield from textwrap.wrap(f"Note: {report.note}", WIDTH)


def _where(report: Report) -> Iterator[str]:
    place = report.place
    if place is not None:
        yield f"  {place.file}:{place.line}, in {place.function}"
        yield f"      {place.code}"


def _fix(report: Report, advice: str) -> Iterator[str]:
    """What has been tried and holds goes before what is good advice for such a cause."""
    yield "What to do:"
    fix = report.fix
    if fix is not None and fix.verified:
        yield f"  {fix.summary[0].upper()}{fix.summary[1:]}."
        yield f"  Verified: {fix.experiment}."
        yield from (f"    {line}" for line in fix.edit.rstrip().splitlines())
        advice = f"In general: {advice}"
    yield from textwrap.wrap(advice, WIDTH, initial_indent="  ", subsequent_indent="  ")
    if fix is not None and not fix.verified:
        yield f"  Tried: {fix.summary}: {fix.experiment}."
        yield "  Not enough by itself:"
        yield from (f"    {line}" for line in fix.edit.rstrip().splitlines())
