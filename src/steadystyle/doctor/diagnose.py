"""From a script to a report: run it watched; run it again to find where it began; try what tells causes apart; decide.

The script is run again from its start, with the same seeds, rather than from a snapshot: which of a script's Python
state belongs to a step (lists, counters, iterators, a `best` so far) nobody can know from outside, while a run from the
start has all of it. It costs the time to the bad step once more; until then functions run as the graphs that they are.
"""

from __future__ import annotations

import os
import re
import time
from dataclasses import replace

from steadystyle.core import discover
from steadystyle.doctor.changes import Changes
from steadystyle.doctor.contracts import (
    SHOWN,
    SHOWN_INFINITE,
    Case,
    Edit,
    Experiment,
    Fix,
    Observed,
    Place,
    Report,
    Sighting,
    Tried,
)
from steadystyle.doctor.request import Request
from steadystyle.doctor.rewrite import diff
from steadystyle.doctor.runs import Runs, quietly
from steadystyle.doctor.verdict import Opinion, first_that_holds, opinions

EXPERIMENTS = "steadystyle.doctor.experiments"
STEPS_AFTER = 20
"""Steps beyond the bad one that an experiment must stay finite for."""
EARLY = 3
"""A step up to this one is examined operation by operation from the very start."""
BUDGET = 60.0
"""Seconds for all experiments and edits together."""
SPEAKS_OF_NUMBERS = re.compile(r"\b(nan|inf|infinite|infinity|non-?finite|finite|numerics?)\b", re.IGNORECASE)


class Doctor:
    """One script's doctor. `request` says how to run it; nothing is printed here."""

    def __init__(self, request: Request, runs: Runs) -> None:
        self._request, self._runs = request, runs
        self._until = 0.0

    def diagnose(self) -> Report:
        """Run, examine, try, decide."""
        started = time.monotonic()
        watched = self._runs.run(self._request)
        seconds = time.monotonic() - started
        self._until = time.monotonic() + max(BUDGET, 4 * seconds)
        asserted = watched.ending == "crashed" and bool(SPEAKS_OF_NUMBERS.search(watched.error))
        if watched.sighting is None and not asserted:
            return self._ended_otherwise(watched)
        examined = self._examine(watched)
        if watched.sighting is None:
            if examined.origin is None:
                return self._ended_otherwise(watched)
            step = max(0, watched.steps)
            watched.sighting = examined.sighting or Sighting("loss", step, 0, watched.error_place, watched.error)
        if _is_written_down(watched, examined):
            return _report(
                "healthy", "healthy", evidence=["what is not finite was written down as such: a first best, or a mask"]
            )
        case = Case(watched, examined.origin, examined)
        self._experiment(case)
        found = opinions(case)
        return self._decided(case, found) if found else self._unknown(case)

    # Runs ------------------------------------------------------------------------------------------------------------

    def _examine(self, watched: Observed) -> Observed:
        """Find where the bad value began: from the very start if that is near, else from the call in question."""
        step, call = (watched.sighting.step, watched.sighting.call) if watched.sighting else (0, 0)
        ways = [0] if step <= EARLY else [call, 0]
        examined = Observed()
        for eager_from in ways:
            changes = Changes(eager_from=eager_from)
            limit = step + 1 + STEPS_AFTER if watched.compiled else None
            request = quietly(self._request, record=True, changes=changes, step_limit=limit)
            examined = self._runs.run(request)
            if examined.origin and not _is_opaque(examined):
                return examined
        return examined

    def _experiment(self, case: Case) -> None:
        for name in discover.names(EXPERIMENTS):
            experiment = discover.feature(EXPERIMENTS, name, Experiment)()  # type: ignore[type-abstract]
            for label, changes in experiment.tries(case):
                tried = self._try(label, changes, case.watched)
                if label not in case.tried or tried.finite:
                    case.tried[label] = tried

    def _try(self, label: str, changes: Changes, watched: Observed) -> Tried:
        step = watched.sighting.step if watched.sighting else 0
        left = self._until - time.monotonic()
        if left < 1:
            return Tried(label, False, 0, "no time left")
        limit = step + 1 + STEPS_AFTER
        seen = self._runs.run(quietly(self._request, changes=changes, step_limit=limit, time_limit=left))
        finite = seen.sighting is None and seen.ending in ("finished", "steps") and not _empty(seen, watched)
        return Tried(label, finite, seen.steps, seen.ending if not seen.error else seen.error)

    # Answers ---------------------------------------------------------------------------------------------------------

    def _decided(self, case: Case, found: list[Opinion]) -> Report:
        best, *others = found
        origin, sighting = case.origin, case.watched.sighting
        assert sighting is not None
        edit, tried = first_that_holds(case, best, lambda edit: self._try(edit.summary, _as_change(edit), case.watched))
        place = best.diagnosis.place or (origin.place if origin else None) or sighting.place
        evidence = list(best.diagnosis.evidence)
        if origin and not origin.leaf and origin.op not in " ".join(evidence):
            evidence.append(f"the first bad value came out of {origin.op}, going {origin.direction}")
        return Report(
            "nonfinite",
            best.cause,
            round(min(1.0, best.diagnosis.strength), 3),
            self._relative(place),
            sighting.step,
            _what(case),
            origin.op if origin else "",
            origin.direction if origin else "",
            evidence,
            [(other.cause, "; ".join(other.diagnosis.evidence)) for other in others],
            self._fix(edit, tried),
        )

    def _fix(self, edit: Edit | None, tried: Tried | None) -> Fix | None:
        if edit is None or tried is None:
            return None
        outcome = f"ran it again with the edit, {tried.steps} steps: {'finite' if tried.finite else 'not finite'}"
        return Fix(edit.summary, diff(edit, self._request.directory), tried.finite, outcome)

    def _unknown(self, case: Case) -> Report:
        origin, sighting = case.origin, case.watched.sighting
        assert sighting is not None
        evidence = [f"the first bad value is a {sighting.what} at step {sighting.step}"]
        if origin:
            evidence += [
                f"it came out of {origin.op}, going {origin.direction}, on {[i.values for i in origin.inputs]}"
            ]
        evidence += [str(tried) for tried in case.tried.values()]
        place = self._relative((origin.place if origin else None) or sighting.place)
        op, direction = (origin.op, origin.direction) if origin else ("", "")
        return Report(
            "nonfinite", "unknown", 0.0, place, sighting.step, sighting.what, op, direction, evidence, (), None
        )

    def _ended_otherwise(self, watched: Observed) -> Report:
        if watched.ending in ("crashed", "killed"):
            found = opinions(Case(watched, None, watched))
            cause = found[0].cause if found else "unknown"
            place = self._relative(watched.error_place)
            return replace(_report("crashed", cause, evidence=[watched.error]), place=place)
        notes = {
            "time": "stopped at the time limit, finite until then",
            "steps": "stopped at the step limit, finite until then",
        }
        note = notes.get(watched.ending, "")
        return _report("healthy", "healthy", evidence=[f"{watched.steps} steps were watched"], note=note)

    def _relative(self, place: Place | None) -> Place | None:
        if place is None:
            return None
        file = os.path.relpath(place.file, self._request.directory)
        return replace(place, file=place.file if file.startswith("..") else file)


def diagnose(request: Request) -> Report:
    """Why this script's numbers go bad. Takes as long as the script, and about as long again per experiment."""
    with Runs() as runs:
        return Doctor(request, runs).diagnose()


def _report(verdict: str, cause: str, evidence: list[str], note: str = "") -> Report:
    confidence = 1.0 if verdict == "healthy" else 0.0
    return Report(verdict, cause, confidence, None, None, "", "", "", evidence, (), None, note)


def _as_change(edit: Edit) -> Changes:
    return Changes(sources={edit.file: edit.text})


def _is_opaque(examined: Observed) -> bool:
    """Whether the origin is a whole function that ran as a graph, or was dropped from memory."""
    origin = examined.origin
    return origin is not None and (
        origin.op.startswith("__") or "PartitionedCall" in origin.op or origin.leaf == "forgotten"
    )


def _is_written_down(watched: Observed, examined: Observed) -> bool:
    """Whether all that was shown is an infinity that somebody wrote into the program."""
    sighting, origin = watched.sighting, examined.origin
    shown = sighting is not None and sighting.note in (SHOWN, SHOWN_INFINITE)
    return shown and origin is not None and origin.leaf == "constant" and not origin.output.nan


def _empty(seen: Observed, watched: Observed) -> bool:
    """Whether an experiment ended before it got as far as the bad step."""
    step = watched.sighting.step if watched.sighting else 0
    return seen.steps < min(step + 1, watched.steps)


def _what(case: Case) -> str:
    sighting = case.watched.sighting
    assert sighting is not None
    if case.origin and case.origin.leaf in ("data", "dataset"):
        return "input"
    return {"rate": "update"}.get(sighting.what, sighting.what)
