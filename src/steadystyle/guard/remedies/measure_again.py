"""Measure the same picture once more."""

from __future__ import annotations

from steadystyle.core.contracts import Remedy
from steadystyle.core.finite import all_finite
from steadystyle.core.flow import Fault, Treatment


class MeasureAgain(Remedy):
    """A fault that passes by itself (a flipped bit, a kernel that raced) is gone at the second look.

    What is finite has had its second look before it was rejected, and a picture that was proposed with a NaN in it
    measures as that.
    """

    order, tries = 10, 1

    def treat(self, fault: Fault) -> Treatment | None:
        if fault.rejected.is_finite or not all_finite(fault.proposal.image):
            return None
        return Treatment(fault.proposal, fault.rate_factor, "measured the same picture again", "nothing else changes")
