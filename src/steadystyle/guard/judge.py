"""The guard of one run: judges each measurement, keeps the way back, and decides what to try next."""

from __future__ import annotations

import math
import weakref
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from steadystyle.core import discover, strips
from steadystyle.core.contracts import Check, Optimizer, Remedy
from steadystyle.core.flow import Engine, Fault, Measurement, Past, Proposal, Tell, Verdict
from steadystyle.guard.best import Best

TOO_FAST = "high-learning-rate"
RECOVERY = 2**0.25
"""What each accepted measurement gives back of the learning rate: a quarter is made good in eight, so that a fault that
had nothing to do with the rate does not slow the rest of the run. A rate that was found too high is not tried again.
"""
FORGETFUL = 0.25
"""What the learning rate begins with again after the optimizer's state is lost: it knows nothing of the place."""
SAME = 1e-3
"""Two measurements of one picture agree to this share: the order of sums may differ, in bfloat16 too."""
STUCK = 4
"""Accepted measurements without a better one, after which the best itself is measured again."""
CREDIBLE = 100.0
"""A picture that comes out worse than so many times the first loss, when it is measured again, was not too good before:
it is the measuring that is broken now.
"""


class Guard:
    """The only door back to an image.

    It holds the last good measurement with the optimizer's state from before the step that followed, so that rolling
    back is using old values again; nothing is undone in place.

    Args:
        optimizer: who proposes.
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
        self.highest_rate = math.inf
        """Learning rates above it are nobody's intention."""
        self.on_event: Tell = lambda *_: None
        self.rate_factor = 1.0
        """What repairs have left of the learning rate."""
        self._ceiling, self._last_rate = 1.0, optimizer.default_learning_rate
        self.new_scale()

    def new_scale(self, engine: Engine | None = None) -> None:
        """Losses at another size do not compare: forget what was measured, but not what was learned about the rate.

        Args:
            engine: who measures from now on; without it, what needs it has no turn.
        """
        self.best = Best()
        self._engine = engine
        self._last: Measurement | None = None
        self._last_state: Any = None
        self._best_state: Any = None
        self._accepted, self._since_best, self._first_loss = 0, 0, math.inf
        self._confirmed: Callable[[], tf.Tensor | None] = lambda: None
        """The picture that was measured again last, as long as it is of interest."""
        self._tries: Counter[Remedy] = Counter()

    def judge(self, measurement: Measurement) -> Verdict:
        """The first objection that any check has, those that are more than a doubt first; or acceptance."""
        past = Past(self._last, self.best.loss, self._since_best, self._first_loss)
        verdicts = [check.verdict(measurement, past) for check in self._checks]
        objections = [verdict for verdict in verdicts if not verdict.accepted]
        return min(objections, key=lambda verdict: verdict.doubt, default=Verdict(True))

    def confirms(self, first: Measurement, second: Measurement) -> bool:
        """Whether two measurements of what should be one picture are the same."""
        one, other = (np.array([x.loss, x.gradient_norm, *x.health.values()], np.float64) for x in (first, second))
        if not np.allclose(one, other, rtol=SAME, atol=0.0):
            return False
        return first.image is second.image or np.array_equal(first.image, second.image)

    def tell_apart(self, first: Measurement, second: Measurement) -> None:
        """Report that what was measured came out otherwise the second time."""
        differing = int(np.sum(np.asarray(first.image) != np.asarray(second.image)))
        if differing:
            where, cause = "image", "optimizer-state"
            evidence = f"{differing} of its {tf.size(first.image)} numbers were not those that were proposed"
        else:
            where, cause = _where_they_differ(first, second), "backend-bug"
            evidence = (
                f"the same picture twice: loss {float(first.loss):.3g} and {float(second.loss):.3g}, gradient norm "
                f"{float(first.gradient_norm):.3g} and {float(second.gradient_norm):.3g}"
            )
        self.on_event(where, cause, evidence, "measured the same picture again", "nothing else changes")

    def sound_rate(self, learning_rate: float) -> float:
        """`learning_rate`, or the last good one in place of what is none."""
        sound = math.isfinite(learning_rate) and 0 <= learning_rate <= self.highest_rate
        return learning_rate if sound else min(self._last_rate, self.highest_rate)

    def advance(self, measurement: Measurement, state: Any, learning_rate: float) -> Proposal:
        """The proposal after an accepted measurement."""
        learning_rate = self._sound_rate_told(learning_rate)
        sound = self._optimizer.is_sound(state)
        if not sound:
            state = self._optimizer.start(measurement.image)
        self._accepted, self._since_best = self._accepted + 1, self._since_best + 1
        if self._last is None:
            self._first_loss = float(measurement.loss)
        better = self.best.offer(measurement)
        if better:
            self._since_best = 0
        large = self._engine is not None and strips.is_large(*measurement.image.shape[1:3])
        if large and not better:
            self.best.keep_the_picture_only()
            self._best_state = None
        self._last = measurement
        self._tries.clear()
        self.rate_factor = min(self._ceiling, self.rate_factor * RECOVERY)
        if not sound:
            self._best_state = state if better else self._best_state
            return self._forgotten(learning_rate)
        if self._since_best == STUCK and self.best.measurement is not None:
            retracted = self._retracted(self.best.measurement, learning_rate)
            if retracted is not None:
                return retracted
        # With the state that comes with it, a step from here can be made again; the one before need not be kept.
        measured, handed = [measurement], [state]
        del measurement, state
        self._last_state = None
        self._best_state = None if better else self._best_state
        if large and not better:  # a step that led nowhere is not kept: the way back leads to the best
            self._last = self.best.measurement
        proposal = self._optimizer.propose(measured.pop(), handed.pop(), learning_rate * self.rate_factor)
        self._last_state = None if large and not better else proposal.state
        if better:
            self._best_state = proposal.state
        return proposal

    def repair(
        self, verdict: Verdict, rejected: Measurement, proposal: Proposal, learning_rate: float
    ) -> Proposal | None:
        """What to measure after a rejected measurement: the first remedy's that has one; None when none is left.

        Args:
            verdict: why it was rejected.
            rejected: the measurement.
            proposal: what was to be measured.
            learning_rate: the schedule's at this step.
        """
        learning_rate = self._sound_rate_told(learning_rate)
        if self._engine is not None and not rejected.is_finite:
            verdict = self._engine.explain(verdict, rejected)
        too_fast = verdict.cause == TOO_FAST
        picture_only = self._last is not None and self._last.gradient is None
        last, last_state = self._best_recalled() if too_fast or picture_only else (self._last, self._last_state)
        if rejected.is_finite and last is not None:
            retracted = self._retracted(last, learning_rate)
            if retracted is not None:
                return retracted
        verdict = verdict._replace(evidence=verdict.evidence + _last_good(self._last, verdict.where))
        fault = Fault(
            verdict, rejected, proposal, last, last_state, learning_rate, self.rate_factor,
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

    def _forgotten(self, learning_rate: float) -> Proposal:
        """A short step from the best picture, with a new state: where the damaged one led since is not built on."""
        self._last, _ = self._best_recalled()
        assert self._last is not None
        self._last_state = self._optimizer.start(self._last.image)
        self._best_state, self.rate_factor = self._last_state, self.rate_factor * FORGETFUL
        self.on_event(
            "optimizer state", "optimizer-state", "it is none that a step can have led to", "the optimizer forgets",
            f"its state anew, at the best picture; learning rate x {FORGETFUL}",
        )  # fmt: skip
        return self._optimizer.propose(self._last, self._last_state, learning_rate * self.rate_factor)

    def _best_recalled(self) -> tuple[Measurement | None, Any]:
        """The best measurement with its state: made again, with a new state, where only the picture was kept; the last
        one, if any, where that cannot be made again now.
        """
        best = self.best.measurement
        if best is None or best.gradient is not None:
            return best, self._best_state
        assert self._engine is not None
        anew = self._engine(best.image)
        if not anew.is_finite:
            return (None, None) if self._last is None or self._last.gradient is None else (self._last, self._last_state)
        return anew, self._optimizer.start(anew.image)

    def _retracted(self, accepted: Measurement, learning_rate: float) -> Proposal | None:
        """Measure what was accepted again, once; a step from there if it comes out otherwise, None if it was right.

        A measurement that was too good by mistake is never beaten, and all that come after it look bad beside it.
        """
        if self._engine is None or accepted.image is self._confirmed():
            return None
        anew = self._engine(accepted.image)
        self._confirmed = weakref.ref(accepted.image)
        longest = CREDIBLE * float(accepted.gradient_norm)
        credible = float(anew.loss) <= CREDIBLE * self._first_loss and float(anew.gradient_norm) <= longest
        if self.confirms(accepted, anew) or not anew.is_finite or not (credible or self._accepted == 1):
            return None
        self.tell_apart(accepted, anew)
        state = self._optimizer.start(anew.image)
        self._last, self._last_state = anew, state
        self.best, self._best_state, self._since_best = Best(), state, 0
        self._confirmed = weakref.ref(anew.image)
        self.best.offer(anew)
        return self._optimizer.propose(anew, state, learning_rate * self.rate_factor)

    def _sound_rate_told(self, learning_rate: float) -> float:
        sound = self.sound_rate(learning_rate)
        if sound != learning_rate:
            self.on_event(
                "learning rate", "nonfinite-learning-rate", f"it is {learning_rate:.3g}", "the last good one instead",
                f"learning rate {sound:.3g}",
            )  # fmt: skip
        self._last_rate = sound
        return sound

    def _tell(self, verdict: Verdict, done: str, effect: str) -> None:
        self.on_event(verdict.where, verdict.cause, verdict.evidence, done, effect)


def _where_they_differ(first: Measurement, second: Measurement) -> str:
    """The first place on the way through that does."""
    places = {**first.health, **first.terms, "loss": first.loss, "gradient": first.gradient_norm}
    others = {**second.health, **second.terms, "loss": second.loss, "gradient": second.gradient_norm}
    for where, number in places.items():
        if not np.isclose(float(number), float(others[where]), rtol=SAME, atol=0.0):
            return where
    return "gradient"


def _last_good(last: Measurement | None, where: str) -> str:
    """For the evidence: how large things were when they were good."""
    if last is None:
        return ""
    layer = f"{where} {float(last.health[where]):.3g} in the mean, " if where in last.health else ""
    return f"; last good: {layer}loss {float(last.loss):.3g}, gradient norm {float(last.gradient_norm):.3g}"
