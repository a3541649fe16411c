"""`backend-bug`."""

from __future__ import annotations

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis


class BackendBug(CauseRule):
    """Finite everywhere but where it ran."""

    def examine(self, case: Case) -> Diagnosis | None:
        if case.origin is not None or not case.watched.compiled or case.examined.ending == "sick":
            return None
        return Diagnosis(0.6, ("the same step, run operation by operation without XLA, is finite",))
