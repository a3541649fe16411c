"""Leave a term out for a step."""

from __future__ import annotations

from steadystyle.core.contracts import Remedy
from steadystyle.core.flow import Fault, Treatment


class DropTerm(Remedy):
    """Where one term is not finite and nothing else helped, a step for the sake of the others leads to another picture,
    at which it may be finite again. The optimizer forgets, as its losses held that term.
    """

    order, tries = 60, 3

    def treat(self, fault: Fault) -> Treatment | None:
        term = fault.verdict.where
        passing = fault.rejected.is_finite or fault.verdict.cause == "backend-bug"
        if passing or fault.engine is None or term not in fault.rejected.terms:
            return None
        measurement = fault.engine.without(term, fault.proposal.image)
        if measurement is None or not measurement.is_finite:
            return None
        proposal = fault.propose(measurement, fault.start(measurement.image), fault.learning_rate)
        return Treatment(proposal, 1.0, f"left the term {term} out", "for one step")
