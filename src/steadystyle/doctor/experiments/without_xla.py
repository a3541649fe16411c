"""The same without XLA."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.changes import Changes
from steadystyle.doctor.contracts import Case, Experiment


class WithoutXla(Experiment):
    """Where operation by operation nothing bad was found."""

    def tries(self, case: Case) -> Iterator[tuple[str, Changes]]:
        if case.origin is None and case.watched.compiled:
            yield "without XLA", Changes(without_xla=True)
