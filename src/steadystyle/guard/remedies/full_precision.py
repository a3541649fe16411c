"""Leave half precision."""

from __future__ import annotations

from steadystyle.core.contracts import Remedy
from steadystyle.core.flow import Fault, Treatment


class FullPrecision(Remedy):
    """Convolutions in bfloat16 or float16 are measured in float32 from here on: what overflowed, or was lost in
    rounding, has room there.

    Source: Micikevicius et al., "Mixed Precision Training", ICLR 2018, sec. 3 (what must stay in float32).
    """

    order, tries = 30, 1

    def treat(self, fault: Fault) -> Treatment | None:
        no_matter_of_range = fault.rejected.is_finite and fault.verdict.where != "gradient"
        if no_matter_of_range or fault.engine is None or not fault.engine.in_float32():
            return None
        return Treatment(fault.proposal, fault.rate_factor, "convolutions in float32", "for the rest of the run")
