"""Make the targets anew."""

from __future__ import annotations

from steadystyle.core.contracts import Remedy
from steadystyle.core.flow import Fault, Treatment


class RenewTargets(Remedy):
    """Targets are made once for each size and used at every step; one that is no longer finite spoils all of them."""

    order, tries = 20, 1

    def treat(self, fault: Fault) -> Treatment | None:
        if fault.rejected.is_finite or fault.engine is None or not fault.engine.renew_targets():
            return None
        return Treatment(fault.proposal, fault.rate_factor, "made the targets anew", "measured the same picture again")
