"""Scale the loss less on its way through half precision."""

from __future__ import annotations

from steadystyle.core.contracts import Remedy
from steadystyle.core.flow import Fault, Treatment


class LowerLossScale(Remedy):
    """A loss that is scaled up so that small slopes survive float16 may take large ones beyond it.

    Source: Micikevicius et al., "Mixed Precision Training", ICLR 2018, sec. 3.2.
    """

    order, tries = 25, 4

    def treat(self, fault: Fault) -> Treatment | None:
        if fault.verdict.where != "gradient" or fault.engine is None or not fault.engine.lower_loss_scale():
            return None
        return Treatment(fault.proposal, fault.rate_factor, "lowered the loss scale", "measured the same picture again")
