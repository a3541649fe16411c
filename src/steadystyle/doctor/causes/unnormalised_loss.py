"""`unnormalised-loss`."""

from __future__ import annotations

import math
from collections.abc import Iterator

from steadystyle.doctor.clipping import clipping_edits
from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.lineage import grew, history, overflowed
from steadystyle.doctor.rates import settings
from steadystyle.doctor.scale import normalising_edits, sum_place

HUGE = 1e10
LARGE = 1e6
WIDE = 300.0
"""What enters a network beyond this is no picture, scaled or not."""


class UnnormalisedLoss(CauseRule):
    """The loss or the gradient of the very first step is already huge."""

    def examine(self, case: Case) -> Diagnosis | None:
        if not case.losses or not (overflowed(case) or grew(case)):
            return None
        first = abs(case.losses[0])
        first_slope = abs(case.watched.gradients[0]) if case.watched.gradients else 0.0
        if first > HUGE or math.isnan(first) or first_slope > HUGE:
            strength = 0.955
        elif first > LARGE or first_slope > LARGE:
            strength = 0.945
        else:
            return None
        if case.origin and case.origin.direction == "backward" and first < HUGE:
            strength -= 0.05
        place, entering = sum_place(case), case.examined.network_input
        if place is None and entering is not None and entering.values.magnitude > WIDE:
            strength -= 0.3  # what enters is large, and no sum of the program's own makes it larger
        shown = f"the loss of the very first step is {first:.3g}, its largest slope {first_slope:.3g}"
        return Diagnosis(strength, (shown, history(case.losses)), place)

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Divide sums and Gram matrices by their size, and use weights near 1; else lower the rate, or clip."""
        yield from normalising_edits(case)
        for setting in settings(case):
            yield setting.divided(1000)
            yield setting.divided(1000000)
        yield from clipping_edits(case)
