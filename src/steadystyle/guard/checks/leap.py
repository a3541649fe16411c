"""Loss and gradient have not leapt."""

from __future__ import annotations

from steadystyle.core.contracts import Check
from steadystyle.core.flow import Measurement, Past, Verdict

LOSS, GRADIENT = 1.3, 40.0
"""Times the last: beyond these, something may have happened. A line search's first trial does it now and then."""


class Leap(Check):
    """Doubts a loss that rose by a third in one step, or a gradient that is forty times longer or shorter."""

    def verdict(self, measurement: Measurement, past: Past) -> Verdict:
        if past.last is None or not measurement.is_finite:
            return Verdict(True)
        before, loss = float(past.last.loss), float(measurement.loss)
        if loss > LOSS * before:
            return Verdict(False, "backend-bug", "loss", f"{loss:.3g} after {before:.3g}", doubt=True)
        before, norm = float(past.last.gradient_norm), float(measurement.gradient_norm)
        if before > 0 and not 1 / GRADIENT <= norm / before <= GRADIENT:
            return Verdict(False, "backend-bug", "gradient", f"norm {norm:.3g} after {before:.3g}", doubt=True)
        return Verdict(True)
