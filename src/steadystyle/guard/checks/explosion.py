"""The loss has not exploded."""

from __future__ import annotations

from steadystyle.core.contracts import Check
from steadystyle.core.flow import Measurement, Verdict

FACTOR = 1e3


class Explosion(Check):
    """Rejects a loss a thousand times the last accepted one: finite, but what came before is lost."""

    def verdict(self, measurement: Measurement, last: Measurement | None) -> Verdict:
        if last is None:
            return Verdict(True)
        loss, before = float(measurement.loss), float(last.loss)
        if loss <= FACTOR * before + 1e-6:
            return Verdict(True)
        return Verdict(False, "high-learning-rate", "loss", f"{loss:.3g} after {before:.3g}")
