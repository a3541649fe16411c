"""Every number of a measurement is finite."""

from __future__ import annotations

import math

from steadystyle.core.contracts import Check
from steadystyle.core.finite import describe_nonfinite
from steadystyle.core.flow import Measurement, Past, Verdict


class Finite(Check):
    """Rejects a loss, term, gradient or picture with a NaN or an infinity, and names the first of them on the way
    through.
    """

    def verdict(self, measurement: Measurement, past: Past) -> Verdict:
        # The norm sees every entry of the gradient and the loss every term: the rest is looked at only when one of
        # them is bad.
        if math.isfinite(float(measurement.loss)) and math.isfinite(float(measurement.gradient_norm)):
            return Verdict(True)
        places = {"image": measurement.image, **measurement.terms, "loss": measurement.loss}
        for where, tensor in {**places, "gradient": measurement.gradient}.items():
            problem = describe_nonfinite(tensor)
            if problem:
                cause = "exploding-gradient" if where == "gradient" else "unknown"
                return Verdict(False, cause, where, problem)
        return Verdict(False, "exploding-gradient", "gradient", "its norm exceeds what float32 can hold")
