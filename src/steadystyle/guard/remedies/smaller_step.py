"""Go back and take a smaller step."""

from __future__ import annotations

import numpy as np

from steadystyle.core.contracts import Remedy
from steadystyle.core.flow import Fault, Treatment

SMALLER, MUCH_SMALLER = 0.25, 0.1
"""The second where the rate itself was found too high: it may be so by any power of ten."""


class SmallerStep(Remedy):
    """A quarter of the step from the last good picture, and again a quarter of that; a tenth if the rate is the cause.

    After twelve the step is 4^12 = 2^24 times smaller, the resolution of float32.
    """

    order, tries = 50, 12

    def treat(self, fault: Fault) -> Treatment | None:
        if fault.last is None:
            return None
        factor = fault.rate_factor * (MUCH_SMALLER if fault.verdict.cause == "high-learning-rate" else SMALLER)
        proposal = fault.propose(fault.last, fault.last_state, fault.learning_rate * factor)
        if np.array_equal(proposal.image, fault.last.image):  # to accept that one again would be no repair
            return None
        done = "rolled back to the last good picture; smaller step"
        return Treatment(proposal, factor, done, f"learning rate x {factor:.3g}")
