"""`trig-domain`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.rewrite import guard_operand

ANGLES = {"Acos", "Asin", "Atan2", "Acosh", "Atanh"}


class TrigDomain(CauseRule):
    """An arc cosine or arc sine at or beyond ±1, or an angle of the zero vector."""

    def examine(self, case: Case) -> Diagnosis | None:
        origin = case.origin
        if origin is None or origin.forward_op not in ANGLES or not origin.inputs:
            return None
        values = origin.inputs[0].values
        return Diagnosis(
            0.95, (f"the argument of {origin.forward_op} lies between {values.smallest:.9g} and {values.largest:.9g}",)
        )

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Keep the argument inside the domain."""
        if case.origin is None:
            return
        template = "{tf}.clip_by_value({x}, -0.999999, 0.999999)"
        if case.origin.forward_op == "Atan2":
            template = "{tf}.where({tf}.equal({x}, 0), 1e-12 * {tf}.ones_like({x}), {x})"
        if case.origin.forward_op == "Acosh":
            template = "{tf}.maximum({x}, 1.000001)"
        yield from guard_operand(
            case.watched.sources, case.origin.place, 0, template, "keep the argument inside the domain"
        )
