"""The guard of one run: judges each measurement, keeps the way back, and decides what to try next."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from steadystyle.core import discover
from steadystyle.core.contracts import Check, Optimizer
from steadystyle.core.flow import Measurement, Proposal, Verdict
from steadystyle.guard.best import Best

TRIES = 12
"""Retries from one good picture before the guard gives up: the last step is 4^12 = 2^24 times smaller, the resolution
of float32.
"""
SMALLER = 0.25
RECOVERY = 2**0.25
"""What each accepted measurement gives back of the learning rate: a repair is made good in eight, so that a fault that
had nothing to do with the rate does not slow the rest of the run, and a rate that is too high soon shows it again.
"""


class Guard:
    """The only door back to an image.

    It holds the last good measurement with the optimizer's state from before the step that followed, so that rolling
    back is using old values again; nothing is undone in place.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        names = discover.names("steadystyle.guard.checks")
        self._checks = [discover.feature("steadystyle.guard.checks", name, Check)() for name in names]  # type: ignore[type-abstract]
        self._optimizer = optimizer
        self.on_event: Callable[[str, str, str, str, str], None] = lambda *_: None
        """Told of each event: where, cause, evidence, remedy, effect."""
        self.best = Best()
        self.rate_factor = 1.0
        """What repairs have left of the learning rate."""
        self._last: Measurement | None = None
        self._last_state: object = None
        self._tries = 0

    def new_scale(self) -> None:
        """Losses at another size do not compare: forget what was measured, but not what was learned about the rate."""
        self.best, self._last, self._last_state, self._tries = Best(), None, None, 0

    def judge(self, measurement: Measurement) -> Verdict:
        """The first objection that any check has, or acceptance."""
        for check in self._checks:
            verdict = check.verdict(measurement, self._last)
            if not verdict.accepted:
                return verdict
        return Verdict(True)

    def advance(self, measurement: Measurement, state: object, learning_rate: float) -> Proposal:
        """The proposal after an accepted measurement."""
        self.best.offer(measurement)
        self._last, self._last_state, self._tries = measurement, state, 0
        self.rate_factor = min(1.0, self.rate_factor * RECOVERY)
        return self._optimizer.propose(measurement, state, learning_rate * self.rate_factor)

    def roll_back(self, verdict: Verdict, learning_rate: float) -> Proposal | None:
        """A smaller step from the last good picture; None when no such step is left."""
        proposal, why = self._smaller_step(learning_rate)
        remedy, effect = "rolled back to the last good picture; smaller step", f"learning rate x {self.rate_factor:.3g}"
        if proposal is None:
            remedy, effect = f"none: {why}", "the run ends"
        self.on_event(verdict.where, verdict.cause, verdict.evidence, remedy, effect)
        return proposal

    def _smaller_step(self, learning_rate: float) -> tuple[Proposal | None, str]:
        """The next try, or why there is none."""
        if self._last is None:
            return None, "there is no good picture to go back to"
        if self._tries >= TRIES:
            return None, "the tries are used up"
        self._tries += 1
        self.rate_factor *= SMALLER
        proposal = self._optimizer.propose(self._last, self._last_state, learning_rate * self.rate_factor)
        if np.array_equal(proposal.image, self._last.image):  # to accept that one again would be no repair
            return None, "a smaller step no longer changes the picture"
        return proposal, ""
