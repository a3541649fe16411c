"""`label-out-of-range`."""

from __future__ import annotations

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis


class LabelOutOfRange(CauseRule):
    """A class that does not exist."""

    def examine(self, case: Case) -> Diagnosis | None:
        for observed in (case.watched, case.examined):
            if "Received a label value" in observed.error:
                start = observed.error.index("Received a label value")
                return Diagnosis(0.99, (observed.error[start : start + 120],), observed.error_place)
        origin = case.origin
        if origin is None or not origin.forward_op.startswith("SparseSoftmaxCrossEntropy") or len(origin.inputs) < 2:
            return None
        classes, labels = origin.inputs[0].values.shape[-1], origin.inputs[1].values
        if labels.smallest >= 0 and labels.largest < classes:
            return None
        return Diagnosis(
            0.99,
            (f"labels lie between {labels.smallest:.0f} and {labels.largest:.0f}, and there are {classes} classes",),
        )
