"""`half-precision-overflow`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.lineage import GENERIC, largest_input
from steadystyle.doctor.precision import float32_edits


class HalfPrecisionOverflow(CauseRule):
    """An ordinary operation passed 65504 in float16; in float32 the same step is finite."""

    def examine(self, case: Case) -> Diagnosis | None:
        origin = case.origin
        if origin is None or origin.leaf or not origin.output.half or origin.forward_op not in GENERIC | {"Pow", "Exp"}:
            return None
        strength = 0.95 if origin.forward_op in GENERIC else 0.85
        if case.stays_finite("float32"):
            strength += 0.02
        evidence = [f"{origin.forward_op} of float16 values up to {largest_input(origin):.4g} passes 65504"]
        evidence += [str(tried) for name, tried in case.tried.items() if name == "float32"]
        return Diagnosis(strength, tuple(evidence))

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Compute in float32."""
        yield from float32_edits(case)
