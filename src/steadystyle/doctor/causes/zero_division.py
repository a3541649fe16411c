"""`zero-division`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.lineage import DIVISIONS, count, denominator, maker
from steadystyle.doctor.rewrite import guard_operand


class ZeroDivision(CauseRule):
    """A denominator that is exactly 0, and where it was made."""

    def examine(self, case: Case) -> Diagnosis | None:
        origin = case.origin
        if origin is None:
            return None
        if origin.numpy and "/" in (origin.place.code if origin.place else "") and "over" not in origin.numpy:
            return Diagnosis(0.98, (f"numpy reported '{origin.numpy}' on this line, before TensorFlow saw the result",))
        operand = denominator(origin)
        if operand is None or operand.values.zeros == 0:
            return None
        made = maker(operand)
        evidence = [f"the denominator is 0 {count(operand.values, operand.values.zeros)}"]
        if made and made.place:
            evidence.append(f"it was made by {made.op}, line {made.place.line}: {made.place.code}")
        strength = 0.9 if origin.forward_op in DIVISIONS else 0.86
        return Diagnosis(strength - (0.05 if origin.direction == "backward" else 0), tuple(evidence))

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Keep the denominator above a small positive number; else divide by 1 where it is 0."""
        origin = case.origin
        if origin and origin.numpy:
            floor = "{np}.where({x} == 0, 1, {x})"
            yield from guard_operand(
                case.watched.sources, origin.place, 1, floor, "divide by 1 where the denominator is 0"
            )
        operand = denominator(origin) if origin else None
        if origin is None or operand is None:
            return
        sources, index = case.watched.sources, 0 if origin.forward_op in ("Reciprocal", "Inv", "Rsqrt") else 1
        epsilon = "1e-3" if operand.values.half else "1e-7"
        if operand.values.smallest >= 0:
            floor = f"{{tf}}.maximum({{x}}, {epsilon})"
            yield from guard_operand(sources, origin.place, index, floor, f"keep the denominator above {epsilon}")
        one = "{tf}.where({tf}.equal({x}, 0), {tf}.ones_like({x}), {x})"
        yield from guard_operand(sources, origin.place, index, one, "divide by 1 where the denominator is 0")
