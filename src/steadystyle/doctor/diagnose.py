"""From a script to a report: run it watched; run it again to find where it began; try what tells causes apart; decide.

The script is run again from its start, with the same seeds, rather than from a snapshot: which of a script's Python
state belongs to a step (lists, counters, iterators, a `best` so far) nobody can know from outside, while a run from the
start has all of it. It costs the time to the bad step once more; until then functions run as the graphs that they are.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from steadystyle.core import discover
from steadystyle.doctor import failures
from steadystyle.doctor.answer import answer, ended_otherwise, is_written_down, speaks_of_numbers
from steadystyle.doctor.changes import Changes
from steadystyle.doctor.contracts import Case, Edit, Experiment, Tried
from steadystyle.doctor.observed import Observed, Sighting
from steadystyle.doctor.report import Report
from steadystyle.doctor.request import Request
from steadystyle.doctor.runs import Runs, quietly

EXPERIMENTS = "steadystyle.doctor.experiments"
STEPS_AFTER = 20
"""Steps beyond the bad one that an experiment must stay finite for."""
EARLY = 3
"""A step up to this one is examined operation by operation from the very start."""
BUDGET = 60.0
"""Seconds for all experiments and edits together."""
OUT_OF_TIME = "no time left"


class Doctor:
    """One script's doctor. `request` says how to run it; nothing is printed here."""

    def __init__(self, request: Request, runs: Runs) -> None:
        self._request, self._runs = request, runs
        self._until = self._seconds = self._budget = 0.0

    def diagnose(self) -> Report:
        """Run, examine, try, decide."""
        failures.forget()
        started = time.monotonic()
        watched = self._runs.run(self._request)
        self._seconds = time.monotonic() - started
        self._budget = max(BUDGET, 4 * self._seconds)
        self._until = time.monotonic() + self._budget
        if watched.sighting is None and not speaks_of_numbers(watched):
            return ended_otherwise(watched, self._request.directory, self._attempt(watched))
        examined = self._examine(watched)
        if watched.sighting is None:
            if examined.origin is None:
                return ended_otherwise(watched, self._request.directory, self._attempt(watched))
            step = max(0, watched.steps)
            watched.sighting = examined.sighting or Sighting("loss", step, 0, watched.error_place, watched.error)
        case = Case(watched, examined.origin, examined)
        if not is_written_down(case):
            self._until -= self._budget / 2  # the edits want their time too
            self._experiment(case)
            self._until += self._budget / 2
        return answer(case, self._request.directory, self._attempt(watched))

    # Runs ------------------------------------------------------------------------------------------------------------

    def _examine(self, watched: Observed) -> Observed:
        """Find where the bad value began: from the very start if that is near, else from the call in question."""
        step, call = (watched.sighting.step, watched.sighting.call) if watched.sighting else (0, 0)
        ways = [0] if step <= EARLY else [call, 0]
        examined = Observed()
        for eager_from in ways:
            request = quietly(
                self._request,
                record=True,
                changes=Changes(eager_from=eager_from),
                step_limit=max(watched.steps, step + 1) + STEPS_AFTER,
                time_limit=min(self._request.time_limit, max(BUDGET, 10 * self._seconds)),
            )
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

    def _attempt(self, watched: Observed) -> Callable[[Edit], Tried]:
        return lambda edit: self._try(edit.summary, _as_change(edit), watched)

    def _try(self, label: str, changes: Changes, watched: Observed) -> Tried:
        step = watched.sighting.step if watched.sighting else 0
        left = self._until - time.monotonic()
        if left < 1:
            return Tried(label, False, 0, OUT_OF_TIME)
        limit = step + 1 + STEPS_AFTER
        seen = self._runs.run(quietly(self._request, changes=changes, step_limit=limit, time_limit=left))
        finite = seen.sighting is None and seen.ending in ("finished", "steps") and not _empty(seen, watched)
        return Tried(label, finite, seen.steps, seen.ending if not seen.error else seen.error)


def diagnose(request: Request) -> Report:
    """Why this script's numbers go bad. Takes as long as the script, and about as long again per experiment."""
    with Runs() as runs:
        return Doctor(request, runs).diagnose()


def _as_change(edit: Edit) -> Changes:
    return Changes(sources={edit.file: edit.text})


def _is_opaque(examined: Observed) -> bool:
    """Whether the origin is a whole function that ran as a graph, or was dropped from memory."""
    origin = examined.origin
    return origin is not None and (
        origin.op.startswith("__") or "PartitionedCall" in origin.op or origin.leaf == "forgotten"
    )


def _empty(seen: Observed, watched: Observed) -> bool:
    """Whether an experiment ended before it got as far as the bad step."""
    step = watched.sighting.step if watched.sighting else 0
    return seen.steps < min(step + 1, watched.steps)
