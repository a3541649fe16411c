"""A tenth, a hundredth and a thousandth of the learning rate."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.changes import Changes
from steadystyle.doctor.contracts import Case, Experiment
from steadystyle.doctor.lineage import LARGE, grew, largest_input, overflowed

TRIES = (("learning rate / 10", 0.1), ("learning rate / 100", 0.01), ("learning rate / 1000", 0.001))


class LearningRate(Experiment):
    """Of every optimizer; of every gradient, where the script updates without one."""

    def tries(self, case: Case) -> Iterator[tuple[str, Changes]]:
        step = case.watched.sighting.step if case.watched.sighting else 0
        huge = case.origin is not None and not case.origin.leaf and largest_input(case.origin) > LARGE
        if not (grew(case) or (step > 0 and (overflowed(case) or huge))):
            return
        for name, factor in TRIES:
            if case.stays_finite(*(label for label, _ in TRIES)):
                return
            by_hand = not case.watched.optimizers
            yield name, Changes(gradients=factor) if by_hand else Changes(learning_rate=factor)
