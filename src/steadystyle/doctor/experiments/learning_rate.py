"""A tenth and a hundredth of the learning rate."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.changes import Changes
from steadystyle.doctor.contracts import Case, Experiment
from steadystyle.doctor.lineage import LARGE, grew, largest_input, overflowed


class LearningRate(Experiment):
    """Of every optimizer; of every gradient, where the script updates without one."""

    def tries(self, case: Case) -> Iterator[tuple[str, Changes]]:
        step = case.watched.sighting.step if case.watched.sighting else 0
        huge = case.origin is not None and not case.origin.leaf and largest_input(case.origin) > LARGE
        if not (grew(case) or (step > 0 and (overflowed(case) or huge))):
            return
        for name, factor in (("learning rate / 10", 0.1), ("learning rate / 100", 0.01)):
            if case.stays_finite("learning rate / 10"):
                return
            by_hand = not case.watched.optimizers
            yield name, Changes(gradients=factor) if by_hand else Changes(learning_rate=factor)
