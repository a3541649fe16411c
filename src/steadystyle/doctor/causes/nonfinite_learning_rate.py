"""`nonfinite-learning-rate`."""

from __future__ import annotations

import math
from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.lineage import denominator
from steadystyle.doctor.rewrite import guard_operand


class NonfiniteLearningRate(CauseRule):
    """The learning rate itself is NaN or infinite, and every variable goes bad at once."""

    def examine(self, case: Case) -> Diagnosis | None:
        origin = case.origin
        bad = [o for o in case.examined.optimizers if not math.isfinite(o.learning_rate)]
        at_update = case.watched.sighting is not None and case.watched.sighting.what in ("update", "variable", "rate")
        if not bad and case.examined.bad_rate:  # it may be a number again by now
            bad = case.examined.optimizers[:1]
        if bad and (at_update or origin is None or origin.in_optimizer):
            place = origin.place if origin and origin.place and not origin.leaf else bad[0].place
            evidence = f"the learning rate of {bad[0].name} is not a finite number then; the gradients are finite"
            return Diagnosis(0.985, (evidence,), place)
        if origin and origin.leaf == "constant" and at_update:
            return Diagnosis(0.9, ("the factor of a hand-written update is not finite",))
        return None

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Divide by at least 1 in the schedule."""
        origin = case.origin
        if origin and denominator(origin):
            template = "{tf}.maximum({x}, 1.0)"
            yield from guard_operand(case.watched.sources, origin.place, 1, template, "divide by at least 1")
