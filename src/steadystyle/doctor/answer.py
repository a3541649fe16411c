"""From a case to the report: the causes are asked, the edits of the likeliest are tried, and it is put into words."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace

from steadystyle.doctor import failures
from steadystyle.doctor.contracts import Case, Edit, Tried
from steadystyle.doctor.observed import SHOWN, SHOWN_INFINITE, Observed, Place
from steadystyle.doctor.report import Fix, Report
from steadystyle.doctor.rewrite import diff
from steadystyle.doctor.verdict import first_that_holds, opinions

ENDINGS = {
    "time": "stopped at the time limit, finite until then",
    "steps": "stopped at the step limit, finite until then",
}
SPEAKS_OF_NUMBERS = re.compile(r"\b(nan|inf|infinite|infinity|non-?finite|finite|numerics?)\b", re.IGNORECASE)


def answer(case: Case, directory: str, attempt: Callable[[Edit], Tried] | None) -> Report:
    """Why the numbers of this case went bad.

    Args:
        directory: that the paths in the report are relative to.
        attempt: runs the script with an edit; None where that cannot be done.
    """
    if is_written_down(case):
        evidence = ["what is not finite was written down as such: a first best, or a mask"]
        return Report("healthy", "healthy", 1.0, evidence=evidence)
    known = _known(case, directory)
    found = opinions(case)
    if not found:
        return replace(known, evidence=_all_that_is_known(case), tried=list(case.tried.values()))
    best, *others = found
    edits: list[Tried] = []

    def tried_and_kept(edit: Edit) -> Tried:
        assert attempt is not None
        edits.append(attempt(edit))
        return edits[-1]

    edit, tried = first_that_holds(case, best, tried_and_kept if attempt else None)
    evidence = list(best.diagnosis.evidence)
    origin = case.origin
    if origin and not origin.leaf and origin.op not in " ".join(evidence):
        evidence.append(f"the first bad value came out of {origin.op}, going {origin.direction}")
    return replace(
        known,
        cause=best.cause,
        confidence=round(min(1.0, best.diagnosis.strength), 3),
        place=relative(best.diagnosis.place, directory) or known.place,
        evidence=evidence,
        also_considered=[(other.cause, "; ".join(other.diagnosis.evidence)) for other in others],
        fix=_fix(edit, tried, directory),
        tried=[*case.tried.values(), *edits],
        note="; ".join(_notes(case)),
    )


def ended_otherwise(watched: Observed, directory: str, attempt: Callable[[Edit], Tried] | None) -> Report:
    """The report of a script whose numbers stayed finite, however it ended; `attempt` as for `answer`."""
    if watched.ending in ("crashed", "killed"):
        place, note = relative(watched.error_place, directory), "; ".join(_not_watched(watched))
        report = Report("crashed", "unknown", place=place, evidence=[watched.error], note=note)
        case = Case(watched, None, watched)
        for best in opinions(case)[:1]:
            edit, tried = first_that_holds(case, best, attempt)
            report = replace(
                report, cause=best.cause, confidence=best.diagnosis.strength, fix=_fix(edit, tried, directory)
            )
        return report
    note = "; ".join(filter(None, [ENDINGS.get(watched.ending), *_not_watched(watched)]))
    evidence = [f"{watched.steps} steps were watched"]
    return Report("healthy", "healthy", 1.0, evidence=evidence, losses=watched.losses, note=note)


def speaks_of_numbers(observed: Observed) -> bool:
    """Whether the error that ended a script says that numbers were not finite."""
    return observed.ending == "crashed" and bool(SPEAKS_OF_NUMBERS.search(observed.error))


def is_written_down(case: Case) -> bool:
    """Whether all that was shown is an infinity that somebody wrote into the program."""
    sighting, origin = case.watched.sighting, case.origin
    shown = sighting is not None and sighting.note in (SHOWN, SHOWN_INFINITE)
    return shown and origin is not None and origin.leaf == "constant" and not origin.output.nan


def relative(place: Place | None, directory: str) -> Place | None:
    """A place with its path as people write it: from the working directory where it lies below."""
    if place is None:
        return None
    file = os.path.relpath(place.file, directory)
    return replace(place, file=place.file if file.startswith("..") else file)


def _known(case: Case, directory: str) -> Report:
    origin, sighting = case.origin, case.watched.sighting
    assert sighting is not None
    came_in = origin is not None and origin.leaf in ("data", "dataset")
    return Report(
        "nonfinite",
        "unknown",
        place=relative((origin.place if origin else None) or sighting.place, directory),
        first_bad_step=sighting.step,
        what_went_bad="input" if came_in else {"rate": "update"}.get(sighting.what, sighting.what),
        origin=origin,
        losses=case.losses,
        gradients=case.watched.gradients,
        note="; ".join(_notes(case)),
    )


def _fix(edit: Edit | None, tried: Tried | None, directory: str) -> Fix | None:
    if edit is None:
        return None
    outcome = "not tried: this program cannot be run again from its start"
    if tried is not None:
        outcome = f"ran it again with the edit, {tried.steps} steps: {'finite' if tried.finite else 'not finite'}"
    return Fix(edit.summary, diff(edit, directory), tried is not None and tried.finite, outcome)


def _all_that_is_known(case: Case) -> list[str]:
    """The evidence where nothing explains it."""
    origin, sighting = case.origin, case.watched.sighting
    assert sighting is not None
    evidence = [f"the first bad value is a {sighting.what} at step {sighting.step}"]
    if origin:
        operands = "; ".join(str(operand.values) for operand in origin.inputs)
        evidence.append(f"it came out of {origin.op}, going {origin.direction}, on {operands or 'nothing'}")
    return evidence + [str(tried) for tried in case.tried.values()]


def _notes(case: Case) -> list[str]:
    """What the reader has to know about the diagnosis itself."""
    notes = _not_watched(case.watched, case.examined)
    if case.examined.ending in ("killed", "time") and case.origin is None:
        notes.append(f"the run that looks at every operation did not reach it: {case.examined.error or 'no time left'}")
    return notes


def _not_watched(*runs: Observed) -> list[str]:
    """The doctor's own failures, in the runs and here."""
    failed = list(dict.fromkeys([failure for run in runs for failure in run.failures] + failures.seen()))
    return [f"the doctor itself failed at something, please report it: {'; '.join(failed)}"] if failed else []
