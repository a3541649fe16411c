"""A diagnosis as a page: the cause and its line, the step in question, the way to the bad value, and what was tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from steadystyle import __version__
from steadystyle.apps.page.curves import chart
from steadystyle.apps.page.document import assembled
from steadystyle.apps.page.embedded import CURVES, DIAGNOSIS, embed
from steadystyle.apps.page.markup import Html, join, table, tag
from steadystyle.core.causes import CAUSES
from steadystyle.doctor.observed import Operand, Place
from steadystyle.doctor.report import Report

MOODS = {"healthy": "good", "crashed": "warn", "nonfinite": "bad"}
MOST_ANCESTORS = 12


def diagnosis_page(report: Report, name: str, data: Mapping[str, Any]) -> str:
    """The page: it asks for no other file and no network.

    Args:
        name: of what was diagnosed.
        data: the report as plain values, for programs that read the page.
    """
    body = join(
        _heading(report, name),
        _why(report),
        _fix(report),
        _step(report),
        _way(report),
        _tried(report),
        _curves(report),
        tag("footer", f"Made by SteadyStyle {__version__}. This page asks for no network.", class_="faint"),
    )
    return assembled(f"{name}, {report.verdict}", body, join(embed(DIAGNOSIS, data), embed(CURVES, _columns(report))))


def _heading(report: Report, name: str) -> Html:
    numbers = {
        "First bad step": report.first_bad_step,
        "What went bad": report.what_went_bad,
        "Operation": report.origin_op,
        "Direction": report.direction,
        "Confidence": f"{report.confidence:.0%}" if report.verdict == "nonfinite" else "",
    }
    cells = (tag("div", tag("dt", key), tag("dd", value)) for key, value in numbers.items() if value not in (None, ""))
    return tag(
        "header",
        tag("h1", f"SteadyStyle doctor: {name}"),
        tag("span", _title(report), class_=f"badge {MOODS[report.verdict]}"),
        _at(report.place) if report.place else None,
        tag("dl", *cells, class_="numbers"),
    )


def _title(report: Report) -> str:
    if report.verdict == "crashed" and report.cause == "unknown":
        return "The script failed, not because of its numbers"
    return CAUSES[report.cause].title


def _at(place: Place) -> Html:
    where = tag("p", f"{place.file}, line {place.line}, in {place.function}", class_="lead")
    return join(where, tag("pre", place.code, class_="code"))


def _why(report: Report) -> Html:
    told = CAUSES[report.cause]
    explains = report.verdict == "nonfinite" or report.cause not in ("healthy", "unknown")
    explained = tag("p", told.what) if explains else None
    heading = "In general: " if report.fix is not None and report.fix.verified else "What to do: "
    advice = tag("p", tag("strong", heading), told.advice_elsewhere) if explains else None
    evidence = tag("ul", *(tag("li", line) for line in report.evidence))
    note = tag("p", tag("strong", "Note: "), report.note) if report.note else None
    others = "; ".join(f"{CAUSES[cause].title} ({why})" for cause, why in report.also_considered)
    also = tag("p", f"Also considered: {others}", class_="note") if others else None
    return join(tag("h2", "Why"), explained, tag("p", tag("strong", "Evidence")), evidence, advice, also, note)


def _fix(report: Report) -> Html | None:
    if report.fix is None:
        return None
    verified = "verified" if report.fix.verified else "not enough by itself"
    badge = tag("span", verified, class_=f"badge {'good' if report.fix.verified else 'warn'}")
    said = tag("p", f"{report.fix.summary}: {report.fix.experiment}. ", badge)
    return join(tag("h2", "The fix"), said, tag("pre", *map(_diffed, report.fix.edit.splitlines()), class_="code"))


def _diffed(line: str) -> Html:
    mood = {"+": "good", "-": "bad"}.get(line[:1], "faint")
    return tag("span", f"{line}\n", class_=mood)


def _step(report: Report) -> Html | None:
    """What the operation was given at the step in question."""
    origin = report.origin
    if origin is None or not origin.inputs:
        return None
    rows: list[list[object]] = [_values(f"operand {i}", operand) for i, operand in enumerate(origin.inputs, 1)]
    rows.append(_values("result", Operand(origin.output)))
    rows += [_values("slope that came back", Operand(values)) for values in origin.gradient_inputs[:1]]
    heads = ["", "Type and shape", "Smallest", "Largest", "Mean", "Zeros", "Negative", "Not finite"]
    title = f"The step in question: {origin.forward_op or origin.op}"
    return join(tag("h2", title), table(heads, rows, class_="grid"))


def _values(name: str, operand: Operand) -> list[object]:
    values = operand.values
    known = values.size > values.bad
    numbers = [f"{number:.5g}" if known else "–" for number in (values.smallest, values.largest, values.mean)]
    return [name, f"{values.dtype} {list(values.shape)}", *numbers, values.zeros, values.negatives, values.bad]


def _way(report: Report) -> Html | None:
    """From the data and variables through each operation to the one that gave the bad value."""
    origin = report.origin
    if origin is None or not any(operand.ancestors for operand in origin.inputs):
        return None
    longest = max(origin.inputs, key=lambda operand: len(operand.ancestors)).ancestors
    told = [one for one in longest if one.place or one.output.dtype not in ("int32", "int64")]  # indices are no news
    rows: list[list[object]] = [[one.op, _line(one.place), str(one.output)] for one in reversed(told[:MOST_ANCESTORS])]
    rows.append([origin.forward_op or origin.op, _line(origin.place), str(origin.output)])
    if origin.direction == "backward":
        rows.append([f"{origin.op}, going backward", _line(origin.place), "not finite"])
    heads = ["Operation", "Your line", "What came out"]
    return join(tag("h2", "The way to the bad value"), table(heads, rows, class_="grid"))


def _line(place: Place | None) -> str:
    return f"{Path(place.file).name}:{place.line}: {place.code}" if place else ""


def _tried(report: Report) -> Html | None:
    if not report.tried:
        return None
    rows: list[list[object]] = [
        [one.name, "finite" if one.finite else "not finite", one.steps, one.ending] for one in report.tried
    ]
    return join(tag("h2", "What was tried"), table(["Change", "Outcome", "Steps", "Ended"], rows, class_="grid"))


def _curves(report: Report) -> Html | None:
    if not report.losses:
        return None
    needs = tag("noscript", tag("p", "The curves need JavaScript; everything else on this page does not."))
    return join(tag("h2", "Curves over the steps"), needs, tag("div", id="curves"))


def _columns(report: Report) -> dict[str, Any]:
    bad = report.first_bad_step
    return {
        "steps": list(range(len(report.losses))),
        "charts": [
            chart("Loss", "its size, at each step until the bad one", {"loss": _sizes(report.losses)}),
            chart("Gradient", "its largest entry", {"gradient": _sizes(report.gradients)}),
        ],
        "scales": [] if bad is None else [{"step": bad, "label": f"step {bad}: not finite"}],
        "events": [],
    }


def _sizes(numbers: Sequence[float]) -> list[float | None]:
    return [abs(number) for number in numbers]
