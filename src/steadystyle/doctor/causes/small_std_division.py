"""`small-std-division`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.lineage import denominator, made_by
from steadystyle.doctor.rewrite import guard_operand

TINY = 1e-6


class SmallStdDivision(CauseRule):
    """A denominator that is almost 0, but not quite, made by a root or a variance."""

    def examine(self, case: Case) -> Diagnosis | None:
        operand = denominator(case.origin) if case.origin else None
        if operand is None or case.origin is None or operand.values.zeros or not 0 < operand.values.smallest < TINY:
            return None
        root = made_by(operand, ("Sqrt", "Rsqrt", "SquaredDifference"), depth=6)
        evidence = f"the denominator is as small as {operand.values.smallest:.3g}"
        return Diagnosis(0.92 if root or case.origin.forward_op == "Rsqrt" else 0.7, (evidence,))

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Keep the deviation above 1e-3."""
        origin = case.origin
        if origin:
            index = 0 if origin.forward_op in ("Reciprocal", "Rsqrt") else 1
            template = "{tf}.maximum({x}, 1e-3)"
            yield from guard_operand(
                case.watched.sources, origin.place, index, template, "keep the deviation above 1e-3"
            )
