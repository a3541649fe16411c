"""Leave half precision."""

from __future__ import annotations

from steadystyle.core.contracts import Remedy
from steadystyle.core.flow import Fault, Proposal, Treatment


class FullPrecision(Remedy):
    """Convolutions in bfloat16 or float16 are measured in float32 from here on: what overflowed has room there.

    Source: Micikevicius et al., "Mixed Precision Training", ICLR 2018, sec. 3 (what must stay in float32).
    """

    order, tries = 30, 1

    def treat(self, fault: Fault) -> Treatment | None:
        if fault.rejected.is_finite or fault.engine is None or not fault.engine.in_float32():
            return None
        proposal = Proposal(fault.rejected.image, fault.state)
        return Treatment(proposal, fault.rate_factor, "convolutions in float32", "for the rest of the run")
