"""`optimizer-state`."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.lineage import LARGE, largest_input
from steadystyle.doctor.rewrite import open_source


class OptimizerState(CauseRule):
    """Gradients are finite, and what the optimizer makes of them is not."""

    def examine(self, case: Case) -> Diagnosis | None:
        origin = case.origin
        if (
            origin is None
            or not origin.in_optimizer
            or case.examined.bad_rate
            or any(not math.isfinite(o.learning_rate) for o in case.examined.optimizers)
        ):
            return None
        zero = [o for o in case.examined.optimizers if o.epsilon == 0]
        if zero and origin.forward_op in ("RealDiv", "Rsqrt", "Sqrt"):
            return Diagnosis(
                0.97, (f"{zero[0].name} has epsilon 0, and a gradient of 0 is divided by a moment of 0",), zero[0].place
            )
        if origin.leaf or origin.forward_op in ("RealDiv", "Rsqrt", "Sqrt", "Pow"):
            return Diagnosis(0.94, ("the gradients are finite, the optimizer's own slots are not usable",))
        if largest_input(origin) < LARGE:
            return Diagnosis(0.6, ("the gradients are finite, the update is not",))
        return None

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Give the optimizer its usual epsilon."""
        source = open_source(case.watched.sources, diagnosis.place)
        node = source.expression(diagnosis.place) if source and diagnosis.place else None
        for keyword in node.keywords if isinstance(node, ast.Call) else []:
            if keyword.arg == "epsilon" and source:
                yield source.replaced("give the optimizer an epsilon of 1e-7", (keyword.value, "1e-7"))
