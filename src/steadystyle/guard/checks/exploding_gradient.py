"""The gradient has not exploded."""

from __future__ import annotations

import math

from steadystyle.core.contracts import Check
from steadystyle.core.flow import Measurement, Past, Verdict

FACTOR = 1e6


class ExplodingGradient(Check):
    """Rejects a gradient a million times the last accepted one: finite, but a step along it leads nowhere."""

    def verdict(self, measurement: Measurement, past: Past) -> Verdict:
        norm = float(measurement.gradient_norm)
        before = math.inf if past.last is None else float(past.last.gradient_norm)
        if not measurement.is_finite or norm <= FACTOR * before or norm <= 1.0:
            return Verdict(True)
        return Verdict(False, "exploding-gradient", "gradient", f"norm {norm:.3g} after {before:.3g}")
