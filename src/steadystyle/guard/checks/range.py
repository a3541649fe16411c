"""The picture is in its range."""

from __future__ import annotations

import numpy as np

from steadystyle.core.contracts import Check
from steadystyle.core.flow import Measurement, Past, Verdict

TOLERANCE = 1e-5


class Range(Check):
    """Rejects a picture that has left [0, 1]: optimizers keep it inside, so it was changed behind their back."""

    def verdict(self, measurement: Measurement, past: Past) -> Verdict:
        image = np.asarray(measurement.image)
        low, high = float(image.min()), float(image.max())
        # A NaN is in no range and not outside of one: `finite.py` says where it came from.
        if not (low < -TOLERANCE or high > 1 + TOLERANCE) or not measurement.is_finite:
            return Verdict(True)
        return Verdict(False, "optimizer-state", "image", f"its numbers go from {low:.3g} to {high:.3g}")
