"""The parts of the page, from top to bottom."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from statistics import median
from typing import Any

from steadystyle.apps.cli.progress import duration, health
from steadystyle.apps.page.gallery import Moment
from steadystyle.apps.page.markup import Html, join, link, table, tag
from steadystyle.core.causes import CAUSES
from steadystyle.core.outcome import Event, Outcome, Result
from steadystyle.core.settings import Settings

MOST_ROWS = 500
"""Repairs in the table; more make the page long, not clearer."""
MOODS = {Outcome.GAVE_UP: "bad", Outcome.REPAIRED: "warn", Outcome.STOPPED: "warn", Outcome.OUT_OF_TIME: "warn"}


def heading(result: Result, seconds: float) -> Html:
    """How it ended, with the advice, and the numbers that are asked for first."""
    height, width = result.image.shape[:2]
    memory = result.facts.get("peak_memory_bytes")
    numbers = {
        "Size": f"{width} × {height}",
        "Loss": f"{result.loss:.4g}",
        "Steps": len(result.history),
        "Health": health(sum(event.repaired for event in result.events)),
        "Time": duration(seconds),
        "Peak memory": f"{memory / 2**20:.0f} MiB" if memory else "not told",
    }
    said = result.outcome.name.lower().replace("_", " ")
    return tag(
        "header",
        tag("h1", "SteadyStyle report"),
        tag("span", said, class_=f"badge {MOODS.get(result.outcome, 'good')}"),
        tag("p", result.outcome.value, class_="lead"),
        tag(
            "dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in numbers.items()), class_="numbers"
        ),
    )


def pictures(name: str, result: bytes, sources: Sequence[tuple[str, str, bytes]]) -> Html:
    """The result, and beside it what it was made of: (role, name, WebP)."""
    beside = [_figure(webp, f"{role}: {PurePath(source).name}") for role, source, webp in sources]
    return tag("div", _figure(result, f"The result: {name}"), tag("div", *beside, class_="sources"), class_="pictures")


def advice(events: Sequence[Event]) -> Html:
    """Each cause that was met, the most frequent first: what it is, and what to do about it."""
    if not events:
        return join(tag("h2", "What happened"), tag("p", "Every number stayed finite, and nothing had to be repaired."))
    cards = []
    for cause, times in Counter(event.cause for event in events).most_common():
        told = CAUSES.get(cause, CAUSES["unknown"])
        count = "once" if times == 1 else f"{times} times"
        title = told.title if cause in CAUSES else cause
        to_do = tag("p", tag("strong", "What to do: "), told.advice)
        note = tag("p", f"Cause id: {cause}", class_="note")
        cards.append(
            tag(
                "li", tag("h3", f"{title}, {count}"), tag("p", told.what), to_do, note, class_="card", id=_anchor(cause)
            )
        )
    return join(tag("h2", "What happened, and what to do"), tag("ul", *cards, class_="advice"))


def curves() -> Html:
    """The place where the script draws."""
    hint = "Dotted lines: the next size. Dashed, with a number: a repair. Drag to enlarge, double-click to go back."
    needs = tag("noscript", tag("p", "The curves need JavaScript; everything else on this page does not."))
    return join(tag("h2", "Curves over the steps"), tag("p", hint, class_="note"), needs, tag("div", id="curves"))


def events_table(events: Sequence[Event]) -> Html | None:
    """Every repair."""
    if not events:
        return None
    heads = ["No.", "Step", "Where", "Cause", "Evidence", "Remedy", "Effect"]
    rows: list[list[object]] = [
        [
            tag("span", number, class_="number"),
            _step(e),
            e.where,
            _cause_link(e.cause),
            e.evidence,
            e.remedy,
            e.effect,
        ]
        for number, e in enumerate(events[:MOST_ROWS], 1)
    ]
    rest = len(events) - MOST_ROWS
    more = tag("p", f"{rest} more are in the data of this page and in --json.", class_="note") if rest > 0 else None
    return join(tag("h2", "Repairs"), table(heads, rows, class_="grid events"), more)


def _step(event: Event) -> object:
    return event.step if event.step >= 0 else event.when


def moments(shown: Sequence[Moment]) -> Html | None:
    """The best picture at each repair."""
    if not shown:
        return None
    figures = []
    for moment in shown:
        first, last = moment.steps[0], moment.steps[-1]
        figures.append(_figure(moment.webp, f"step {first}" if first == last else f"steps {first} to {last}"))
    return join(tag("h2", "The best picture at the repairs"), tag("div", *figures, class_="moments"))


def background(result: Result, record: Mapping[str, Any], seconds: float) -> Html:
    """Settings that are not the default, versions, timings, inputs."""
    settings = result.settings.resolved()
    usual = Settings(preset=settings.preset).resolved().as_dict() | {"preset": Settings().preset}
    changed: list[list[object]] = [
        [name, _said(value), _said(usual[name])] for name, value in settings.as_dict().items() if value != usual[name]
    ]
    heads = ["Setting", "This run", "Default"]
    own = table(heads, changed, class_="grid") if changed else tag("p", "All settings are the defaults.")
    facts = table(["What", "Value"], _facts(result, record, seconds), class_="grid")
    return tag(
        "div",
        tag("section", tag("h2", "Settings that differ from the defaults"), own),
        tag("section", tag("h2", "How it was made"), facts),
        class_="two",
    )


def _facts(result: Result, record: Mapping[str, Any], seconds: float) -> list[list[object]]:
    rows: list[list[object]] = [["SteadyStyle", record.get("version", "")]]
    rows += [[name, version] for name, version in result.facts.get("versions", {}).items() if name != "steadystyle"]
    rows.append(["The whole command", duration(seconds)])
    if result.history:
        rows.append(["A step (median)", f"{median(step.seconds for step in result.history):.3g} s"])
    if "tuned" in result.facts:
        tuned = result.facts["tuned"]
        rows.append(["Learning rate, clip", f"{tuned['learning_rate']:.4g}, {_said(tuned['clip'])} (range test)"])
    if "precision" in result.facts:
        rows.append(["Precision", result.facts["precision"]])
    inputs = [("Content", record["content"]), *(("Style", style) for style in record["styles"])]
    return rows + [[role, f"{source['path']}, SHA-256 {source['sha256'][:16]}…"] for role, source in inputs]


def _anchor(cause: str) -> str:
    return "cause-" + "".join(letter if letter.isalnum() else "-" for letter in cause)


def _cause_link(cause: str) -> Html:
    return link(_anchor(cause), CAUSES[cause].title if cause in CAUSES else cause)


def _said(value: Any) -> str:
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _figure(webp: bytes, caption: str) -> Html:
    source = f"data:image/webp;base64,{base64.b64encode(webp).decode()}"
    return tag("figure", tag("img", src=source, alt=caption), tag("figcaption", caption))
