"""`exploding-gradient`."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.lineage import grew, overflowed
from steadystyle.doctor.rates import settings
from steadystyle.doctor.rewrite import Source, called, rewrite


class ExplodingGradient(CauseRule):
    """The loss and the weights are ordinary, and the way back through the layers overflows."""

    def examine(self, case: Case) -> Diagnosis | None:
        origin = overflowed(case)
        if origin is None or origin.direction != "backward" or grew(case):
            return None
        loss = case.losses[-1] if case.losses else math.nan
        slope = max((v.magnitude for v in origin.gradient_inputs), default=math.nan)
        evidence = f"the loss is {loss:.3g}, but on the way back {origin.op} overflowed on values up to {slope:.3g}"
        return Diagnosis(0.93 if math.isfinite(loss) and abs(loss) < 1e10 else 0.7, (evidence,))

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Clip the gradient, with 0 in place of what is not finite; else lower the learning rate."""
        sighting = case.examined.sighting
        if sighting is not None:
            summary = "clip the gradient, with 0 in place of what is not finite"
            yield from rewrite(case.watched.sources, sighting.place, _clipped, summary)
        for setting in settings(case):
            yield setting.divided(100)


def _clipped(source: Source, node: ast.AST) -> tuple[ast.AST, str] | None:
    tf = source.name_of("tensorflow")
    if called(node) != "gradient" or tf is None:
        return None
    finite = f"{tf}.where({tf}.math.is_finite(g), g, {tf}.zeros_like(g))"
    clipped = f"lambda g: g if g is None else {tf}.clip_by_norm({finite}, 1.0)"
    return node, f"{tf}.nest.map_structure({clipped}, {source.segment(node)})"
