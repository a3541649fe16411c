"""There is a gradient to follow."""

from __future__ import annotations

from steadystyle.core.contracts import Check
from steadystyle.core.flow import Measurement, Past, Verdict

NOTHING_LEFT = 1e-6
NOTHING = 1e-15
"""A norm of zeros is not quite 0: see `safe_math.norm`."""


class VanishedGradient(Check):
    """Rejects a gradient of exactly 0 where the loss is not: no step can be taken. In half precision it may have been
    lost in rounding.
    """

    def verdict(self, measurement: Measurement, past: Past) -> Verdict:
        if float(measurement.gradient_norm) > NOTHING or not float(measurement.loss) > NOTHING_LEFT:
            return Verdict(True)
        evidence = f"it is 0 everywhere, and the loss is {float(measurement.loss):.3g}"
        return Verdict(False, "unknown", "gradient", evidence)
