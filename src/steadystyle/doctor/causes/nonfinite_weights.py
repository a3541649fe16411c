"""`nonfinite-weights`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.feeds import cleaning_edits


class NonfiniteWeights(CauseRule):
    """A variable was given values that are not finite before anything was computed with it."""

    def examine(self, case: Case) -> Diagnosis | None:
        origin = case.origin
        if origin is None or not origin.leaf or origin.in_optimizer:
            return None
        if origin.leaf != "variable" and not origin.forward_op.startswith("Assign"):
            return None
        values = origin.output
        evidence = (
            f"{values.bad} of {values.size} entries were not finite when a variable {values.shape} was given them"
        )
        return Diagnosis(0.9 if origin.picture else 0.96, (evidence,))

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Put 0 in place of what is not finite, where the variable is given it."""
        yield from cleaning_edits(case)
