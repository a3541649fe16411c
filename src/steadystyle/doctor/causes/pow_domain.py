"""`pow-domain`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.lineage import LARGE, count
from steadystyle.doctor.rewrite import guard_operand


class PowDomain(CauseRule):
    """0 to a power below 1, or a negative number to a fraction."""

    def examine(self, case: Case) -> Diagnosis | None:
        origin = case.origin
        if origin is None or origin.forward_op != "Pow" or len(origin.inputs) < 2:
            return None
        base, power = (operand.values for operand in origin.inputs[:2])
        if base.magnitude > LARGE or not (base.negatives or base.zeros):
            return None
        kind = "negative" if base.negatives else "0"
        evidence = f"the base is {kind} {count(base, base.negatives or base.zeros)}, the power {power.smallest:.4g}"
        return Diagnosis(0.92, (evidence,))

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Keep the base above a small positive number."""
        if case.origin:
            template = "{tf}.maximum({x}, 1e-6)"
            yield from guard_operand(
                case.watched.sources, case.origin.place, 0, template, "keep the base above a small positive number"
            )
