"""Measure the same picture once more."""

from __future__ import annotations

import numpy as np

from steadystyle.core.contracts import Remedy
from steadystyle.core.flow import Fault, Proposal, Treatment


class MeasureAgain(Remedy):
    """A fault that passes by itself (a flipped bit, a kernel that raced) is gone at the second look.

    A finite loss that has exploded would be the same again, and a picture that is not finite measures as that.
    """

    order, tries = 10, 1

    def treat(self, fault: Fault) -> Treatment | None:
        image = fault.rejected.image
        if fault.rejected.is_finite or not np.isfinite(np.asarray(image)).all():
            return None
        return Treatment(
            Proposal(image, fault.state), fault.rate_factor, "measured the same picture again", "nothing else changes"
        )
