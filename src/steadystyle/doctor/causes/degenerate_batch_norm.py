"""`degenerate-batch-norm`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.rewrite import Source, operand, rewrite


class DegenerateBatchNorm(CauseRule):
    """Batch normalisation was given one value a channel, or none."""

    def examine(self, case: Case) -> Diagnosis | None:
        origin = case.origin
        if origin is None or not origin.inputs:
            return None
        shape = origin.inputs[0].values.shape
        if origin.forward_op.startswith("FusedBatchNorm"):
            elements = 1
            for side in shape[:-1]:
                elements *= side
            if elements <= 1:
                return Diagnosis(0.98, (f"batch normalisation saw {elements} element a channel: shape {shape}",))
        if "BatchNormalization" in origin.layers and origin.inputs[0].values.size == 0:
            return Diagnosis(0.98, (f"batch normalisation took the mean of nothing: shape {shape}",))
        return None

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Train with the statistics of a batch only where it holds something."""
        place = case.origin.place if case.origin else None
        yield from rewrite(case.watched.sources, place, _only_where_filled, "no statistics of an empty batch")


def _only_where_filled(source: Source, node: ast.AST) -> tuple[ast.AST, str] | None:
    given = operand(node, 0)
    training = [k.value for k in getattr(node, "keywords", ()) if k.arg == "training"]
    return (training[0], f"bool({source.segment(given)}.shape[0])") if given is not None and training else None
