"""`label-out-of-range`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.rewrite import Source, called

SAID = re.compile(r"Received a label value of (-?\d+) which is outside the valid range of \[0, (\d+)\)")
"""What TensorFlow raises on a CPU; elsewhere the loss is NaN."""


class LabelOutOfRange(CauseRule):
    """A label below 0, or not below the number of classes."""

    def examine(self, case: Case) -> Diagnosis | None:
        for observed in (case.watched, case.examined):
            if said := SAID.search(observed.error):
                return Diagnosis(0.99, (said[0],), observed.error_place)
        known = _label_and_classes(case)
        if known is None or 0 <= known[0] < known[1]:
            return None
        return Diagnosis(0.99, (f"there is a label {known[0]}, and there are {known[1]} classes",))

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Give the last layer as many classes as the labels need."""
        known = _label_and_classes(case)
        if known is None or known[0] < known[1]:
            return
        label, classes = known
        for file, text in case.watched.sources.items():
            source = Source(file, text)
            layers = [n for n in source.nodes(ast.Call) if isinstance(n, ast.Call) and called(n) == "Dense"]
            sizes = [size for n in layers for size in (*n.args[:1], *(k.value for k in n.keywords if k.arg == "units"))]
            same = [n for n in sizes if isinstance(n, ast.Constant) and n.value == classes]
            for node in same[-1:]:
                yield source.replaced(f"a last layer of {label + 1}, for labels up to {label}", (node, str(label + 1)))


def _label_and_classes(case: Case) -> tuple[int, int] | None:
    """The label that is farthest out, and the number of classes."""
    for observed in (case.watched, case.examined):
        if said := SAID.search(observed.error):
            return int(said[1]), int(said[2])
    origin = case.origin
    if origin is None or not origin.forward_op.startswith("SparseSoftmaxCrossEntropy") or len(origin.inputs) < 2:
        return None
    labels = origin.inputs[1].values
    return int(labels.smallest if labels.smallest < 0 else labels.largest), origin.inputs[0].values.shape[-1]
