"""The learning rate falls by the same ratio at each step."""

from __future__ import annotations

from collections.abc import Sequence

from steadystyle.core.contracts import Schedule

LAST = 0.05


class Exponential(Schedule):
    """factor = LAST ** (step / steps): from 1 to a twentieth."""

    def factor(self, step: int, steps: int, losses: Sequence[float]) -> float:
        return float(LAST ** min(1.0, step / max(1, steps)))
