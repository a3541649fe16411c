"""The guard of a training that is not ours: what it does about the bad steps that its gate has undone."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from steadystyle.core.finite import first_nonfinite
from steadystyle.core.outcome import Event
from steadystyle.guard.faults import FAULTS, GRADIENT, LARGE_UPDATE, LOSS, RISE
from steadystyle.guard.gate import Gate, Reading

TRIES = 12
"""Bad steps in a row, or roll-backs with few good steps between them, before the guard gives up."""
SKIPS = 3
"""Bad steps in a row that are only undone, as bad data; more are taken for a bad state. Of what points to a step that
is too large, one.
"""
NOT_OF_THE_STATE = {"nonfinite-input", "nonfinite-learning-rate"}
"""Causes that no other weights and no lower rate would cure."""
SMALLER, FAR_SMALLER = 0.25, 1 / 30
"""What is left of the rate after a bad step, and where the rate itself is at fault: with Adam, the one that learns best
lies more than ten times below the one that destroys.
"""
GOOD_STEPS_TO_RECOVER = 8
"""Good steps after which a lowered rate is doubled; each time that it had to be lowered doubles the wait."""
GOOD_STEPS_OF_PROGRESS = 50
"""So many good steps after a roll-back mean that it helped."""
GOOD_STEPS_PER_COPY = 16
"""How often weights and slots are copied to the host. Of two copies the older is gone back to: the good steps that
followed it are its proof.
"""
MADE_ANEW = {"_gate", "_scaled", "_variables", "_apply"}
"""What a new guard has by itself; all else is remembered, whatever a later version adds."""

LOG = logging.getLogger("steadystyle")


class TrainingGuard:
    """Decides what to do about the bad steps that a `Gate` has undone.

    A few bad batches are skipped. More in a row, or two where the step is too large, mean to go back to a proven copy
    of weights and slots and to go on with a lower rate, which recovers slowly; after `TRIES` in a row the guard gives
    up, with that copy in place.

    Attributes:
        events: what was seen and done, in order.
        gave_up: no repair helped; the weights are the last proven ones and further steps do nothing.
    """

    def __init__(self, optimizer: Any, variables: Sequence[Any], others: Sequence[Any] = ()) -> None:
        self.events: list[Event] = []
        self.gave_up = False
        self._scaled = optimizer if hasattr(optimizer, "inner_optimizer") else None
        self._gate = Gate(optimizer, variables, others)
        self._older: Sequence[np.ndarray] = self._gate.copy()
        self._newer: Sequence[np.ndarray] = self._older
        self._seen = self._gate.read()
        self._roll_backs = self._rolled_back_at = self._lowered_at = 0
        self._patience, self._ceiling = GOOD_STEPS_TO_RECOVER, 1.0
        if self._gate.reset_slots:
            evidence = "a slot was not finite before the first step"
            self._record("slots", "optimizer-state", evidence, "non-finite entries set to 0", "training starts")

    def memory(self) -> dict[str, Any]:
        """What it has seen, done and kept so far, as a plain value, so that a later process can go on from it."""
        known = {name: value for name, value in vars(self).items() if name not in MADE_ANEW}
        return known | {"events": list(self.events), "gate": self._gate.memory()}

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Make a new guard of the same optimizer and variables know what `memory` gave."""
        self._gate.recall(memory["gate"])
        vars(self).update({name: value for name, value in memory.items() if name != "gate"})

    @property
    def rate_factor(self) -> float:
        """What repairs have left of the learning rate, in (0, 1]."""
        return float(self._gate.rate_factor.numpy())

    @property
    def watched(self) -> Gate:
        """The gate, for those who know more about the step than its gradients."""
        return self._gate

    @property
    def accepted(self) -> int:
        """Good steps so far."""
        return self._seen.good

    @property
    def steps(self) -> int:
        """Steps tried so far, good and bad."""
        return self._seen.good + self._seen.bad

    def settle(self, batch: Any = None) -> int:
        """Look at what the gate has done since the last time, repair and record; returns the number of bad steps."""
        before, self._seen = self._seen, self._gate.read()
        bad = self._seen.bad - before.bad
        if bad:
            self._repair(self._seen, bad, batch)
        elif self._diverged(self._seen):
            bad = 1  # its update was good by itself, and is undone with those before it
            self._repair_divergence(self._seen)
        elif self._scaled is not None:
            bad = self._look_behind_the_loss_scale()
        self._keep(before.good)
        return bad

    def _repair(self, seen: Reading, bad: int, batch: Any) -> None:
        fault = FAULTS[seen.fault]
        cause, evidence = self._diagnose(seen, batch)
        evidence += f"; {bad} bad steps since the last look" if bad > 1 else ""
        if max(seen.in_a_row, self._roll_backs) >= TRIES:
            tried = f"{seen.in_a_row} bad steps in a row, {self._roll_backs} roll-backs"
            self._give_up(fault.where, cause, f"{evidence}; {tried}")
            return
        remedy, effect = "step undone", "weights and slots as before it"
        if cause not in NOT_OF_THE_STATE and seen.in_a_row > (1 if cause == "high-learning-rate" else SKIPS):
            if seen.fault == LARGE_UPDATE:  # the loss before it was good, and so are the weights
                self._lower()
                remedy, effect = "step undone, rate lowered", f"updates x {self.rate_factor:.3g}"
            else:
                remedy, effect = self._roll_back_and_lower()
        self._record(fault.where, cause, evidence, remedy, effect)

    def _diagnose(self, seen: Reading, batch: Any) -> tuple[str, str]:
        """The cause's id and the evidence."""
        fault = FAULTS[seen.fault]
        evidence = fault.evidence.format(**seen.measured)
        if seen.fault in {LOSS, GRADIENT}:
            if nonfinite := first_nonfinite(batch):
                index, problem = nonfinite
                return "nonfinite-input", f"{evidence}; in the batch, tensor {index}: {problem}"
            if self._diverged(seen):
                return "high-learning-rate", f"{evidence}, after {seen.recent:.3g}"
        return fault.cause, evidence

    def _diverged(self, seen: Reading) -> bool:
        """Whether good losses in a row add up to a runaway: far above, and larger than any, until the proven copy."""
        proven, largest = (float(sizes[0]) for sizes in self._older[-2:])
        return seen.recent > max(RISE[0] * proven, largest) and proven > 0

    def _repair_divergence(self, seen: Reading) -> None:
        evidence = f"the loss had grown to {seen.recent:.3g} from {float(self._older[-2][0]):.3g}"
        self._go_back(evidence)

    def go_back(self, copy: Sequence[np.ndarray], evidence: str, *, for_good: bool = False) -> None:
        """Repair what only others could see, such as a validation that got much worse: go back to a `copy` of theirs,
        with a lower rate.

        Args:
            for_good: it is the rate that is at fault: it becomes far lower, and does not rise again above that. Steps
                that look good one by one are no proof of it.
        """
        self._older = self._newer = copy
        self._go_back(evidence, FAR_SMALLER if for_good else SMALLER)
        if for_good:
            self._ceiling = self.rate_factor

    def copy(self) -> Sequence[np.ndarray]:
        """All as it was after the last good step."""
        return self._gate.copy()

    def _go_back(self, evidence: str, smaller: float = SMALLER) -> None:
        if self._roll_backs >= TRIES:
            self._give_up("loss", "high-learning-rate", f"{evidence}; {self._roll_backs} roll-backs")
            return
        remedy, effect = self._roll_back_and_lower(smaller)
        self._record("loss", "high-learning-rate", evidence, remedy, effect)

    def _roll_back_and_lower(self, smaller: float = SMALLER) -> tuple[str, str]:
        self._roll_back()
        self._lower(smaller)
        return (
            "weights and slots rolled back to the last proven ones, rate lowered",
            f"updates x {self.rate_factor:.3g}",
        )

    def _roll_back(self) -> None:
        self._gate.restore(self._older)
        self._newer = self._older
        few = self._seen.good - self._rolled_back_at < GOOD_STEPS_OF_PROGRESS
        self._roll_backs, self._rolled_back_at = (self._roll_backs + 1 if few else 1), self._seen.good

    def _lower(self, smaller: float = SMALLER) -> None:
        self._gate.rate_factor.assign(self._gate.rate_factor * smaller)
        self._lowered_at, self._patience = self._seen.good, self._patience * 2

    def _look_behind_the_loss_scale(self) -> int:
        """Skipped steps are healthy; what they leave in moving statistics is not, nor a scale that falls for ever."""
        assert self._scaled is not None
        if float(self._scaled.dynamic_scale.numpy()) < 2.0**-TRIES:
            self._scaled.dynamic_scale.assign(1.0)
            evidence = f"the loss scale fell below 2^-{TRIES} and the gradient was still not finite"
            self._give_up("gradient", "half-precision-overflow", evidence)
            return 1
        if self._gate.others_finite():
            return 0
        self._gate.restore(self._gate.copy())
        evidence = "the forward pass left NaN or inf in a variable that is not trained"
        self._record("statistics", "degenerate-batch-norm", evidence, "step undone", "statistics as before it")
        return 1

    def _keep(self, good_before: int) -> None:
        """Copy the state now and then; let the rate recover."""
        good = self._seen.good
        if good // GOOD_STEPS_PER_COPY > good_before // GOOD_STEPS_PER_COPY and self._seen.in_a_row == 0:
            self._older, self._newer = self._newer, self._gate.copy()
        if (
            self.gave_up
            or good == good_before
            or good - self._lowered_at < self._patience
            or self.rate_factor >= self._ceiling
        ):
            return
        self._gate.rate_factor.assign(min(self._ceiling, self.rate_factor * 2))
        self._lowered_at = good
        LOG.info("step %d: %d good steps: updates x %.3g", self.steps, self._patience, self.rate_factor)

    def _give_up(self, where: str, cause: str, evidence: str) -> None:
        self._gate.restore(self._older)
        self.gave_up = True
        self._record(where, cause, evidence, "gave up", "the last proven weights and slots are in place")

    def _record(self, *facts: str) -> None:
        event = Event(max(0, self.steps - 1), *facts)
        self.events.append(event)
        LOG.warning(line(event))

    def report(self) -> str:
        """What happened, one line an event."""
        ending = "gave up" if self.gave_up else f"updates x {self.rate_factor:.3g} at the end"
        title = f"{self.steps} steps, {self._seen.bad} of them bad, {len(self.events)} events; {ending}"
        return "\n".join([title, *map(line, self.events)])

    def close(self) -> None:
        """Leave the optimizer as it was found."""
        self._gate.remove()


def line(event: Event) -> str:
    """An event in one line."""
    return f"step {event.step}, {event.where}: {event.cause} ({event.evidence}): {event.remedy}: {event.effect}"
