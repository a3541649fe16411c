"""A tenth, a hundredth and a thousandth of the learning rate, and the one that is usual."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.changes import Changes
from steadystyle.doctor.contracts import Case, Experiment
from steadystyle.doctor.lineage import LARGE, grew, largest_input, overflowed
from steadystyle.doctor.rates import FACTORS, USUAL_RATE, default_rate


class LearningRate(Experiment):
    """Of every optimizer; of every gradient, where the script updates without one."""

    def tries(self, case: Case) -> Iterator[tuple[str, Changes]]:
        step = case.watched.sighting.step if case.watched.sighting else 0
        huge = case.origin is not None and not case.origin.leaf and largest_input(case.origin) > LARGE
        if not (grew(case) or (step > 0 and (overflowed(case) or huge))):
            return
        by_hand = not case.watched.optimizers
        factors = {f"learning rate / {by}": 1 / by for by in FACTORS}
        known = [o for o in case.watched.optimizers if o.learning_rate > 0]
        usual = min((default_rate(o.name) / o.learning_rate for o in known), default=1.0)
        if usual < min(factors.values()):
            factors[USUAL_RATE] = usual
        for name, factor in factors.items():
            if any(case.stays_finite(label) for label in factors):
                return
            yield name, Changes(gradients=factor) if by_hand else Changes(learning_rate=factor)
