"""Add more where losses divide, root and take logarithms."""

from __future__ import annotations

from steadystyle.core.contracts import Remedy
from steadystyle.core.flow import Fault, Treatment


class RaiseEpsilon(Remedy):
    """Floors and shrinkages are relative to the scale of what they are added to; where a term is not finite all the
    same, a hundred times as much is added.
    """

    order, tries = 35, 2

    def treat(self, fault: Fault) -> Treatment | None:
        in_a_term = not fault.rejected.is_finite and fault.verdict.where in fault.rejected.terms
        if (
            not in_a_term
            or fault.verdict.cause == "backend-bug"
            or fault.engine is None
            or not fault.engine.raise_epsilon()
        ):
            return None
        done = "added more where the losses divide and root"
        return Treatment(fault.proposal, fault.rate_factor, done, "for the rest of the run")
