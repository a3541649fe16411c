"""`nonfinite-input`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.feeds import cleaning_edits

DATA = {"data", "dataset", "constant"}


class NonfiniteInput(CauseRule):
    """What comes in from files, arrays or a pipeline is not finite before any operation."""

    def examine(self, case: Case) -> Diagnosis | None:
        origin = case.origin
        picture = origin is not None and origin.leaf == "variable" and origin.picture
        if origin is None or not (origin.leaf in DATA or picture):
            return None
        values = origin.output
        evidence = (
            f"{values.bad} of {values.size} entries of a tensor of shape {values.shape} that comes in are not finite"
        )
        strength = 0.97 if origin.leaf != "constant" else 0.85
        return Diagnosis(
            strength - (0.02 if origin.forward_op.startswith("Assign") and not origin.picture else 0), (evidence,)
        )

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Put 0 in place of what is not finite, where it comes in."""
        yield from cleaning_edits(case)
