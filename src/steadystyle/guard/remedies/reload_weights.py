"""Read the network again."""

from __future__ import annotations

from steadystyle.core.contracts import Remedy
from steadystyle.core.flow import Fault, Treatment


class ReloadWeights(Remedy):
    """The weights are no longer those that were read: no target and no measurement is worth anything until they are."""

    order, tries = 15, 1

    def treat(self, fault: Fault) -> Treatment | None:
        if fault.engine is None or not fault.engine.reload_weights():
            return None
        return Treatment(
            fault.proposal, fault.rate_factor, "read the network's weights again", "measured the same picture again"
        )
