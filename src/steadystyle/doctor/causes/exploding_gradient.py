"""`exploding-gradient`."""

from __future__ import annotations

import math
from collections.abc import Iterator

from steadystyle.doctor.clipping import clipping_edits
from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.lineage import grew, overflowed
from steadystyle.doctor.rates import settings


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
        yield from clipping_edits(case)
        for setting in settings(case):
            yield setting.divided(100)
