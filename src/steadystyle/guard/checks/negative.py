"""A loss is a distance."""

from __future__ import annotations

from steadystyle.core.contracts import Check
from steadystyle.core.flow import Measurement, Past, Verdict


class Negative(Check):
    """Rejects a loss or a term below 0, and a loss of 0 whose terms are not: they are sums of squares, with weights
    above 0.
    """

    def verdict(self, measurement: Measurement, past: Past) -> Verdict:
        for where, number in {**measurement.terms, "loss": measurement.loss}.items():
            if float(number) < 0:
                return Verdict(False, "backend-bug", where, f"it is {float(number):.3g}, and cannot be below 0")
        largest = max((float(term) for term in measurement.terms.values()), default=0.0)
        if float(measurement.loss) == 0 and largest > 1e-30:
            return Verdict(False, "backend-bug", "loss", f"it is 0, and a term is {largest:.3g}")
        return Verdict(True)
