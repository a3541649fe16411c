"""Every number of a measurement is finite."""

from __future__ import annotations

from steadystyle.core.contracts import Check
from steadystyle.core.finite import describe_nonfinite
from steadystyle.core.flow import Measurement, Past, Verdict


class Finite(Check):
    """Rejects a loss, term, gradient or picture with a NaN or an infinity, and names the first of them on the way
    through.
    """

    def verdict(self, measurement: Measurement, past: Past) -> Verdict:
        if measurement.is_finite:
            return Verdict(True)
        places = {"image": measurement.image, **measurement.health, **measurement.terms, "loss": measurement.loss}
        for where, tensor in {**places, "gradient": measurement.gradient}.items():
            problem = describe_nonfinite(tensor)
            if problem:
                cause = {"gradient": "exploding-gradient", "image": "optimizer-state"}.get(where, "unknown")
                return Verdict(False, cause, where, problem)
        return Verdict(False, "exploding-gradient", "gradient", "its norm exceeds what float32 can hold")
