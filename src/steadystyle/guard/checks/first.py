"""The first measurement at a size has nothing to be compared with."""

from __future__ import annotations

from steadystyle.core.contracts import Check
from steadystyle.core.flow import Measurement, Past, Verdict


class First(Check):
    """Doubts it, so that it is made twice: all that come after are judged beside it."""

    def verdict(self, measurement: Measurement, past: Past) -> Verdict:
        if past.last is not None:
            return Verdict(True)
        return Verdict(False, "backend-bug", "loss", "the first at this size", doubt=True)
