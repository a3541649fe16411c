"""Every cause is asked, the one whose evidence fits best is named, and its edits are tried until one holds."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import NamedTuple

from steadystyle.core import discover
from steadystyle.doctor import failures
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
        with failures.kept():
            diagnosis = rule.examine(case)
            if diagnosis is not None:
                found.append(Opinion(name, rule, diagnosis))
    return sorted(found, key=lambda opinion: -opinion.diagnosis.strength)


def first_that_holds(
    case: Case, opinion: Opinion, attempt: Callable[[Edit], Tried] | None
) -> tuple[Edit | None, Tried | None]:
    """The first edit with which the script stays finite; else the first edit. Without `attempt` none is tried."""
    best: tuple[Edit | None, Tried | None] = (None, None)
    for edit in itertools.islice(_different(opinion.rule.edits(case, opinion.diagnosis)), MOST_EDITS):
        if attempt is None:
            return edit, None
        tried = attempt(edit)
        if tried.finite:
            return edit, tried
        if best[0] is None:
            best = (edit, tried)
    return best


def _different(edits: Iterator[Edit]) -> Iterator[Edit]:
    """Those that change the file, each once."""
    seen: set[str] = set()
    with failures.kept():
        for edit in edits:
            if edit.text != edit.before and edit.text not in seen:
                seen.add(edit.text)
                yield edit
