"""`loss-scale-misuse`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.rates import settings


class LossScaleMisuse(CauseRule):
    """The loss was multiplied by a power of two that the gradients were not divided by, or that overflows itself."""

    def examine(self, case: Case) -> Diagnosis | None:
        origin, scale = case.origin, case.examined.loss_scale
        if origin is None or not scale:
            return None
        if origin.forward_op == "Mul" and any(
            v.values.size == 1 and v.values.largest == scale.factor for v in origin.inputs
        ):
            return Diagnosis(
                0.96,
                (f"the loss times the scale {scale.factor:g} is more than {origin.output.dtype} holds",),
                scale.place,
            )
        if scale.taken_back or origin.leaf:
            return None
        return Diagnosis(
            0.98,
            (f"the loss was multiplied by {scale.factor:g}, and the gradients were applied without dividing by it",),
            scale.place,
        )

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Divide the learning rate by the scale, which is what was forgotten."""
        for setting in settings(case):
            yield setting.divided(int(case.examined.loss_scale.factor) if case.examined.loss_scale else 1024)
