"""The guard of one run: judges each measurement, keeps the way back, and decides what to try next."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

from steadystyle.core import discover
from steadystyle.core.contracts import Check, Optimizer, Remedy
from steadystyle.core.flow import Engine, Fault, Measurement, Past, Proposal, Verdict
from steadystyle.guard.best import Best

TOO_FAST = "high-learning-rate"
RECOVERY = 2**0.25
"""What each accepted measurement gives back of the learning rate: a quarter is made good in eight, so that a fault that
had nothing to do with the rate does not slow the rest of the run. A rate that was found too high is not tried again.
"""


class Guard:
    """The only door back to an image.

    It holds the last good measurement with the optimizer's state from before the step that followed, so that rolling
    back is using old values again; nothing is undone in place.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self._checks = [
            discover.feature("steadystyle.guard.checks", name, Check)()  # type: ignore[type-abstract]
            for name in discover.names("steadystyle.guard.checks")
        ]
        remedies = (
            discover.feature("steadystyle.guard.remedies", name, Remedy)()  # type: ignore[type-abstract]
            for name in discover.names("steadystyle.guard.remedies")
        )
        self._remedies = sorted(remedies, key=lambda remedy: remedy.order)
        self._optimizer = optimizer
        self.on_event: Callable[[str, str, str, str, str], None] = lambda *_: None
        """Told of each event: where, cause, evidence, remedy, effect."""
        self.best = Best()
        self.rate_factor = 1.0
        """What repairs have left of the learning rate."""
        self._engine: Engine | None = None
        self._ceiling = 1.0
        self._last: Measurement | None = None
        self._last_state: object = None
        self._best_state: object = None
        self._since_best, self._first_loss = 0, math.inf
        self._tries: Counter[Remedy] = Counter()

    def new_scale(self, engine: Engine | None = None) -> None:
        """Losses at another size do not compare: forget what was measured, but not what was learned about the rate.

        Args:
            engine: who measures from now on; without it, remedies that need it have no turn.
        """
        self.best, self._last, self._last_state, self._best_state = Best(), None, None, None
        self._since_best, self._first_loss, self._engine = 0, math.inf, engine
        self._tries.clear()

    def judge(self, measurement: Measurement) -> Verdict:
        """The first objection that any check has, or acceptance."""
        past = Past(self._last, self.best.loss, self._since_best, self._first_loss)
        for check in self._checks:
            verdict = check.verdict(measurement, past)
            if not verdict.accepted:
                return verdict
        return Verdict(True)

    def advance(self, measurement: Measurement, state: object, learning_rate: float) -> Proposal:
        """The proposal after an accepted measurement."""
        self._since_best += 1
        if self._last is None:
            self._first_loss = float(measurement.loss)
        if self.best.offer(measurement):
            self._since_best, self._best_state = 0, state
        self._last, self._last_state = measurement, state
        self._tries.clear()
        self.rate_factor = min(self._ceiling, self.rate_factor * RECOVERY)
        return self._optimizer.propose(measurement, state, learning_rate * self.rate_factor)

    def repair(self, verdict: Verdict, rejected: Measurement, state: object, learning_rate: float) -> Proposal | None:
        """What to measure after a rejected measurement: the first remedy's that has one; None when none is left."""
        if self._engine is not None and not rejected.is_finite:
            verdict = self._engine.explain(verdict, rejected)
        verdict = verdict._replace(evidence=verdict.evidence + _last_good(self._last))
        too_fast = verdict.cause == TOO_FAST
        way_back = (self.best.measurement, self._best_state) if too_fast else (self._last, self._last_state)
        fault = Fault(
            verdict, rejected, state, *way_back, learning_rate, self.rate_factor,
            self._optimizer.propose, self._optimizer.start, self._engine,
        )  # fmt: skip
        for remedy in self._remedies:
            if self._tries[remedy] >= remedy.tries:
                continue
            treatment = remedy.treat(fault)
            if treatment is not None:
                self._tries[remedy] += 1
                self.rate_factor = treatment.rate_factor
                if too_fast:  # what came after the best is lost, and this rate is not to be tried again
                    self._ceiling, self._since_best = treatment.rate_factor, 0
                self._tell(verdict, treatment.done, treatment.effect)
                return treatment.proposal
        why = "there is no good picture to go back to" if self._last is None else "every remedy has had its tries"
        self._tell(verdict, f"none: {why}", "the run ends")
        return None

    def _tell(self, verdict: Verdict, done: str, effect: str) -> None:
        self.on_event(verdict.where, verdict.cause, verdict.evidence, done, effect)


def _last_good(last: Measurement | None) -> str:
    """For the evidence: how large things were when they were good."""
    if last is None:
        return ""
    return f"; last good: loss {float(last.loss):.3g}, gradient norm {float(last.gradient_norm):.3g}"
