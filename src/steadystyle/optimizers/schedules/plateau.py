"""Half the learning rate whenever the loss has stopped falling."""

from __future__ import annotations

import math
from collections.abc import Sequence

from steadystyle.core.contracts import Schedule

SMALLER, LAST = 0.5, 1 / 64
PATIENCE, LEAST_GAIN = 5, 0.01
"""A plateau: so many losses in a row, none of them below the best by this share. A run ends as converged after fifteen
with less than a fifth of that, so there is time for two reductions before.
"""


class Plateau(Schedule):
    """factor = max(LAST, SMALLER ** plateaus so far).

    Source: the practice that He et al., "Deep Residual Learning", CVPR 2016, sec. 3.4, describe (divide when the error
    plateaus). We halve, as a run has tens of steps and not hundreds of thousands.
    """

    def factor(self, step: int, steps: int, losses: Sequence[float]) -> float:
        best, waited, plateaus = math.inf, 0, 0
        for loss in losses:
            if loss < (1 - LEAST_GAIN) * best:
                best, waited = loss, 0
                continue
            waited += 1
            if waited == PATIENCE:
                plateaus, waited = plateaus + 1, 0
        return max(LAST, SMALLER**plateaus)
