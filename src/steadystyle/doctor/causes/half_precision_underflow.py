"""`half-precision-underflow`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.lineage import argument, denominator
from steadystyle.doctor.observed import Ancestor, Operand
from steadystyle.doctor.precision import float32_edits, larger_epsilon_edits


class HalfPrecisionUnderflow(CauseRule):
    """A constant that should keep a denominator or an argument from 0 is itself 0 in float16."""

    def examine(self, case: Case) -> Diagnosis | None:
        origin = case.origin
        if origin is None or not origin.inputs:
            return None
        operand = denominator(origin) or argument(origin)
        if operand is None or not operand.values.half or not operand.values.zeros:
            return None
        added = _useless_epsilon(operand)
        if added is None:
            return None
        line = f", line {added.place.line}: {added.place.code}" if added.place else ""
        return Diagnosis(0.97, (f"what {added.op} should keep from 0 is still 0 in float16{line}",), added.place)

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Take an epsilon that float16 can hold; else compute in float32."""
        yield from larger_epsilon_edits(case, diagnosis.place)
        yield from float32_edits(case)


def _useless_epsilon(operand: Operand) -> Ancestor | None:
    for one in operand.ancestors:
        useless = any(v.size == 1 and v.zeros == 1 for v in one.inputs)
        if useless and one.depth <= 3 and one.op in ("AddV2", "Maximum", "Add", "Sub") and one.output.half:
            return one
    return None
