"""Every cause is asked, the one whose evidence fits best is named, and its edits are tried until one holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from steadystyle.core import discover
from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit, Tried

CAUSES = "steadystyle.doctor.causes"
MOST_EDITS = 5


class Opinion(NamedTuple):
    """One cause's diagnosis."""

    cause: str
    rule: CauseRule
    diagnosis: Diagnosis


def opinions(case: Case) -> list[Opinion]:
    """Of every cause that has one, the strongest first."""
    found = []
    for name in discover.names(CAUSES):
        rule = discover.feature(CAUSES, name, CauseRule)()  # type: ignore[type-abstract]
        diagnosis = rule.examine(case)
        if diagnosis is not None:
            found.append(Opinion(name, rule, diagnosis))
    return sorted(found, key=lambda opinion: -opinion.diagnosis.strength)


def first_that_holds(
    case: Case, opinion: Opinion, attempt: Callable[[Edit], Tried]
) -> tuple[Edit | None, Tried | None]:
    """The first edit with which the script stays finite; else the first edit, untried to the end."""
    best: tuple[Edit | None, Tried | None] = (None, None)
    seen: set[str] = set()
    for edit in opinion.rule.edits(case, opinion.diagnosis):
        if edit.text in seen or edit.text == edit.before:
            continue
        if len(seen) >= MOST_EDITS:
            break
        seen.add(edit.text)
        tried = attempt(edit)
        if tried.finite:
            return edit, tried
        if best[0] is None:
            best = (edit, tried)
    return best
