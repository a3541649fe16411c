"""`degenerate-batch-norm`."""

from __future__ import annotations

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis


class DegenerateBatchNorm(CauseRule):
    """Statistics of one element or none."""

    def examine(self, case: Case) -> Diagnosis | None:
        origin = case.origin
        if origin is None or not origin.inputs:
            return None
        if origin.forward_op.startswith("FusedBatchNorm"):
            shape = origin.inputs[0].values.shape
            elements = 1
            for side in shape[:-1]:
                elements *= side
            if elements <= 1:
                return Diagnosis(0.96, (f"batch normalisation saw {elements} element a channel: shape {shape}",))
        return None
