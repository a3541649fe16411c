"""`sqrt-of-negative`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.lineage import argument, count, maker
from steadystyle.doctor.rewrite import guard_operand


class SqrtOfNegative(CauseRule):
    """A root of less than 0, and where its argument was made."""

    def examine(self, case: Case) -> Diagnosis | None:
        origin = case.origin
        if origin is not None and origin.numpy and "sqrt" in (origin.place.code if origin.place else ""):
            return Diagnosis(0.97, (f"numpy reported '{origin.numpy}' on this line",))
        operand = argument(origin) if origin else None
        if (
            origin is None
            or operand is None
            or origin.forward_op not in ("Sqrt", "Rsqrt")
            or not operand.values.negatives
        ):
            return None
        values, made = operand.values, maker(operand)
        evidence = [f"the root's argument is negative {count(values, values.negatives)}, down to {values.smallest:.3g}"]
        if made and made.place:
            evidence.append(f"it was made by {made.op}, line {made.place.line}: {made.place.code}")
        return Diagnosis(0.93, tuple(evidence))

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Take the root of no less than a small positive number."""
        if case.origin:
            for floor in ("1e-12", "1e-6"):
                template = f"{{tf}}.maximum({{x}}, {floor})"
                yield from guard_operand(
                    case.watched.sources,
                    case.origin.place,
                    0,
                    template,
                    "take the root of no less than a small positive number",
                )
