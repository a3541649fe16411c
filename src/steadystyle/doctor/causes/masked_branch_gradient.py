"""`masked-branch-gradient`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.observed import Origin
from steadystyle.doctor.rewrite import guard_operand

HARMLESS = {
    "Exp": (0, "{tf}.minimum({x}, 10.0)"),
    "Acos": (0, "{tf}.clip_by_value({x}, -0.999999, 0.999999)"),
    "Asin": (0, "{tf}.clip_by_value({x}, -0.999999, 0.999999)"),
    "RealDiv": (1, "{tf}.where({tf}.equal({x}, 0), {tf}.ones_like({x}), {x})"),
    "Reciprocal": (0, "{tf}.where({tf}.equal({x}, 0), {tf}.ones_like({x}), {x})"),
}


class MaskedBranchGradient(CauseRule):
    """`tf.where` hides a bad value going forward; going back, 0 times its slope is NaN."""

    def examine(self, case: Case) -> Diagnosis | None:
        origin = case.origin
        if origin is None and case.watched.compiled:
            origin = next((s for s in case.examined.suspects if s.masked), None)
            if origin:
                evidence = f"under XLA the slope of {origin.forward_op} is not finite where tf.where hides its value"
                return Diagnosis(0.93, (evidence,), origin.place)
        if (
            origin is None
            or not origin.masked
            or origin.leaf
            or not (origin.direction == "backward" or _loss_is_finite(case))
        ):
            return None
        evidence = f"tf.where hides where {origin.forward_op} has no finite slope; going back, 0 times it is NaN"
        return Diagnosis(0.96, (evidence,))

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Make the argument harmless before the function sees it."""
        origin: Origin | None = case.origin or next((s for s in case.examined.suspects if s.masked), None)
        if origin:
            index, template = HARMLESS.get(origin.forward_op, (0, "{tf}.maximum({x}, 1e-12)"))
            yield from guard_operand(
                case.watched.sources,
                origin.place,
                index,
                template,
                "make the argument harmless before the function sees it",
            )


def _loss_is_finite(case: Case) -> bool:
    """Whether only the gradient went bad: then a bad value of the forward pass was hidden."""
    sighting = case.watched.sighting
    return sighting is not None and sighting.what in ("gradient", "update", "variable")
