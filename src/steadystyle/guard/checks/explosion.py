"""The loss has not exploded."""

from __future__ import annotations

import math

from steadystyle.core.contracts import Check
from steadystyle.core.flow import Measurement, Past, Verdict

FACTOR = 1e3


class Explosion(Check):
    """Rejects a loss a thousand times the last accepted one: finite, but what came before is lost."""

    def verdict(self, measurement: Measurement, past: Past) -> Verdict:
        loss, before = float(measurement.loss), float("inf") if past.last is None else float(past.last.loss)
        # What is not finite has not exploded: `finite.py` says where it came from.
        if loss <= FACTOR * before + 1e-6 or not math.isfinite(loss):
            return Verdict(True)
        return Verdict(False, "high-learning-rate", "loss", f"{loss:.3g} after {before:.3g}")
