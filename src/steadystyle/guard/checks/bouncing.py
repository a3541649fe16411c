"""The loss has not been thrown up to stay there."""

from __future__ import annotations

from steadystyle.core.contracts import Check
from steadystyle.core.flow import Measurement, Past, Verdict

PATIENCE = 6
"""Longer than a line search takes to find its way back."""
FACTOR = 1.5


class Bouncing(Check):
    """Rejects a loss far above the best and above the first one, when the best is several measurements back: steps that
    are too long lead from one side of the valley to the other. A range of [0, 1] hides it: a picture that jumps between
    black and white can explode no further, and its loss is finite.
    """

    def verdict(self, measurement: Measurement, past: Past) -> Verdict:
        loss = float(measurement.loss)
        if past.since_best + 1 < PATIENCE or not loss > max(FACTOR * past.best_loss, past.first_loss):
            return Verdict(True)
        evidence = f"{loss:.3g}, and {past.since_best} measurements since the best, {past.best_loss:.3g}"
        return Verdict(False, "high-learning-rate", "loss", evidence)
