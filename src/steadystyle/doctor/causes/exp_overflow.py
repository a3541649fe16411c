"""`exp-overflow`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.lineage import EXPONENTIALS
from steadystyle.doctor.rewrite import guard_operand


class ExpOverflow(CauseRule):
    """An exponential whose argument is more than its type can hold, and that is no part of a softmax."""

    def examine(self, case: Case) -> Diagnosis | None:
        origin = case.origin
        if origin is None or origin.forward_op not in EXPONENTIALS or not origin.inputs or origin.output.bad == 0:
            return None
        largest, limit = origin.inputs[0].values.largest, 11.09 if origin.output.half else 88.7
        return Diagnosis(
            0.9,
            (f"the largest argument is {largest:.4g}; {origin.output.dtype} holds the exponential up to {limit}",),
        )

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Limit the argument."""
        if case.origin:
            limit = "10.0" if case.origin.output.half else "30.0"
            template = f"{{tf}}.minimum({{x}}, {limit})"
            yield from guard_operand(
                case.watched.sources, case.origin.place, 0, template, f"limit the argument to {limit}"
            )
