"""`label-out-of-range`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.rewrite import Source, called


class LabelOutOfRange(CauseRule):
    """A label below 0, or not below the number of classes."""

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

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Give the last layer as many classes as the labels need."""
        origin = case.origin
        if origin is None or len(origin.inputs) < 2 or origin.inputs[1].values.smallest < 0:
            return
        classes, needed = origin.inputs[0].values.shape[-1], int(origin.inputs[1].values.largest) + 1
        for file, text in case.watched.sources.items():
            source = Source(file, text)
            layers = [n for n in source.nodes(ast.Call) if isinstance(n, ast.Call) and called(n) == "Dense"]
            sizes = [size for n in layers for size in (*n.args[:1], *(k.value for k in n.keywords if k.arg == "units"))]
            same = [n for n in sizes if isinstance(n, ast.Constant) and n.value == classes]
            for node in same[-1:]:
                yield source.replaced(
                    f"make the last layer {needed} wide, for labels up to {needed - 1}", (node, str(needed))
                )
