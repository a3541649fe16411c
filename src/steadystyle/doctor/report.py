"""The doctor's answer. Loads no TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from steadystyle.doctor.contracts import Tried
from steadystyle.doctor.observed import Origin, Place


@dataclass(frozen=True)
class Fix:
    """The edit that is proposed, and whether the script stayed finite with it."""

    summary: str
    edit: str
    verified: bool
    experiment: str


@dataclass
class Report:
    """What is wrong with a script, or that nothing is.

    Attributes:
        verdict: nonfinite, healthy or crashed.
        cause: its id, "healthy" or "unknown".
        confidence: how well the evidence fits, in [0, 1].
        place: the user's own line.
        first_bad_step, what_went_bad: of the first value the user cares about that is not finite.
        origin: the operation that the first bad value came out of.
        evidence: in sentences.
        also_considered: other causes, each with what speaks for it.
        tried: every experiment, and every edit, in the order in which they were tried.
        losses, gradients: of each step until the bad one; a gradient is told by its largest entry.
        note: what the reader has to know about the diagnosis itself.
    """

    verdict: str
    cause: str
    confidence: float = 0.0
    place: Place | None = None
    first_bad_step: int | None = None
    what_went_bad: str = ""
    origin: Origin | None = None
    evidence: Sequence[str] = ()
    also_considered: Sequence[tuple[str, str]] = ()
    fix: Fix | None = None
    tried: Sequence[Tried] = ()
    losses: Sequence[float] = ()
    gradients: Sequence[float] = ()
    note: str = ""

    @property
    def origin_op(self) -> str:
        """The operation that the first bad value came out of, empty where it is not known."""
        return self.origin.op if self.origin else ""

    @property
    def direction(self) -> str:
        """Forward or backward, empty where it is not known."""
        return self.origin.direction if self.origin else ""
