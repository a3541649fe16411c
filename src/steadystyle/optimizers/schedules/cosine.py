"""From the full learning rate down to a hundredth of it along half a cosine."""

from __future__ import annotations

import math
from collections.abc import Sequence

from steadystyle.core.contracts import Schedule

LAST = 0.01


class Cosine(Schedule):
    """factor = LAST + (1 - LAST) (1 + cos(pi step / steps)) / 2.

    Source: Loshchilov and Hutter, "SGDR", ICLR 2017, eq. 5, without restarts; it ends at a hundredth instead of 0,
    since a rate of 0 is a wasted step.
    """

    def factor(self, step: int, steps: int, losses: Sequence[float]) -> float:
        progress = min(1.0, step / max(1, steps))
        return LAST + (1 - LAST) * (1 + math.cos(math.pi * progress)) / 2
