"""`loss-scale-misuse`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.precision import float32_edits
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
        if scale.taken_back and origin.output.half and origin.direction == "backward" and not origin.leaf:
            evidence = f"on the way back, the gradient of the loss times {scale.factor:g} passes 65504"
            return Diagnosis(0.98, (evidence,), scale.place)
        if scale.taken_back or origin.leaf:
            return None
        return Diagnosis(
            0.98,
            (f"the loss was multiplied by {scale.factor:g}, and the gradients were applied without dividing by it",),
            scale.place,
        )

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Compute in float32 where the scale overflows; else divide the learning rate by it: that was forgotten."""
        if case.examined.loss_scale and case.examined.loss_scale.taken_back:
            yield from float32_edits(case)
        for setting in settings(case):
            yield setting.divided(int(case.examined.loss_scale.factor) if case.examined.loss_scale else 1024)
