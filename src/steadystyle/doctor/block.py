"""A block of code diagnosed in this very process: `with steadystyle.diagnose() as report: ...`.

A block cannot be run again from its start, as nobody knows all that it has changed. So every operation is recorded from
the first time on, functions run operation by operation, and an edit is proposed without being tried.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from steadystyle.doctor.answer import answer, ended_otherwise, speaks_of_numbers
from steadystyle.doctor.changes import Changes
from steadystyle.doctor.contracts import Case
from steadystyle.doctor.observation import Observation
from steadystyle.doctor.observed import Observed, Sighting
from steadystyle.doctor.report import Report
from steadystyle.doctor.reports.terminal import as_text


class Stop(BaseException):
    """Ends a block from inside at its first bad value; not an Exception, so that no handler of the block's takes it."""


class BlockReport(Report):
    """A report that is complete when its block has ended, and prints in plain words."""

    def __str__(self) -> str:
        return as_text(self)


@contextmanager
def diagnose() -> Iterator[BlockReport]:
    """Find out why the numbers of a block of code go bad.

    The block ends at its first bad value, and the program goes on behind it; an error of the block's own passes
    through. It runs several times slower than without. Where a whole script can be run, `steadystyle doctor SCRIPT`
    finds more: it runs it again to tell causes apart, and tries its edits.

    Yields:
        The report, complete when the block has ended: print it, or read its `verdict`, `cause`, `place` and `fix`.

    Example:
        with steadystyle.diagnose() as report:
            model.fit(pictures, labels)
        print(report)
    """
    report = BlockReport("healthy", "healthy")
    observation = Observation(_stop, Changes(eager_from=0), record=True)
    error: BaseException | None = None
    observation.begin()
    try:
        yield report
    except Stop:
        pass
    except BaseException as raised:
        error = raised
        raise
    finally:
        observation.end()
        observation.watch.finish()
        sick = observation.watch.observed.sighting is not None
        ending = "sick" if sick else "finished" if error is None else "crashed"
        vars(report).update(vars(_report(observation.complete(ending, error))))


def _stop(reason: str) -> None:
    raise Stop(reason)


def _report(observed: Observed) -> Report:
    directory = os.getcwd()
    if observed.sighting is None:
        if observed.origin is None or not speaks_of_numbers(observed):
            return ended_otherwise(observed, directory, None)
        observed.sighting = Sighting("loss", observed.steps, 0, observed.error_place, observed.error)
    return answer(Case(observed, observed.origin, observed), directory, None)
