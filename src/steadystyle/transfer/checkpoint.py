"""Where a run stands, as a file: a later process goes on from it as if nothing had happened."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from steadystyle.checkpoint.kept import Kept
from steadystyle.core.errors import CheckpointError, OutputError
from steadystyle.core.flow import Proposal
from steadystyle.core.outcome import Event, StepRecord
from steadystyle.core.settings import Settings
from steadystyle.core.tuned import Tuned

EVERY = 30.0
"""Seconds between two checkpoints, unless told otherwise; more where writing one takes long."""
SHARE = 0.01
"""Of the time, at most, that goes into writing them, unless told how often."""
NO_MATTER = ("time_limit", "weights")
"""Settings that may differ: each sitting has a time limit of its own, and weights are known by what is in them."""
ROOM = ("memory", "tile")
"""Settings that may differ if the optimizer starts anew: a run that was killed for its memory is to go on with less."""


class RunState(NamedTuple):
    """All that a run needs to go on; targets are made anew, and the network is read again.

    Attributes:
        scale: number of the size it is at.
        step: how many steps it took at that size.
        picture: the one that this size began with, or the best so far, (H, W, 3).
        proposal: what is to be measured next, with the optimizer's state; None when the run is over, or goes on from
            `picture` with another room.
        losses: those that tell whether it has converged.
        guard: see `guard.memory`.
        measuring: precision, loss scale, and each term's softening, as repairs have left them.
        rate: the learning rate before schedule and repairs.
        clip: the threshold; None for no clipping.
        tuned: what these two were measured by.
        history, events: so far.
        seconds: that it took so far.
        resumed_at: steps, of all, at which it was taken up again.
        outcome: its name, when the run is over by itself.
    """

    scale: int
    step: int
    picture: np.ndarray
    proposal: Proposal | None
    losses: list[float]
    guard: dict[str, Any]
    measuring: dict[str, Any]
    rate: float
    clip: float | None
    tuned: Tuned | None
    history: list[StepRecord]
    events: list[Event]
    seconds: float
    resumed_at: list[int]
    outcome: str | None


class Checkpoint:
    """A run's `Kept`, and when it is written.

    A checkpoint that cannot be written is no reason to lose a run: a warning says why, and the last one stays.

    Args:
        path: of the file.
        every: write it after so many seconds; None for `EVERY`, and less often where that would take more than `SHARE`
            of the time.
        resume: go on from what is there, if there is something; else there must be nothing.
        replace: without `resume`, remove what is there.
        on_start: told once of the state that the run goes on from, or of None.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        every: float | None = None,
        resume: bool = False,
        replace: bool = False,
        on_start: Callable[[RunState | None], None] = lambda state: None,
    ) -> None:
        self._kept, self._every, self._on_start = Kept(path), every, on_start
        self._resume, self._replace = resume, replace
        self._identity: Mapping[str, Any] = {}
        self._due = 0.0

    def start(self, identity: Mapping[str, Any]) -> RunState | None:
        """Take the file for the run of that identity; the state to go on from, or None for the beginning.

        Raises:
            CheckpointError: what is there is damaged, with what was there before; or another run's; or it is in use.
            OutputError: the folder is missing or not writable.
        """
        self._kept.take()
        try:
            if self._replace and not self._resume:
                self.remove()
            if not self._resume and self._kept.is_there:
                raise CheckpointError(
                    f"{self._kept.name} exists: resume that run, or remove the file to start a new one"
                )
            state = self._read(identity)
        except BaseException:
            self.close()
            raise
        self._identity = identity
        self._due = time.monotonic() + (EVERY if self._every is None else self._every)
        self._on_start(state)
        return state

    def offer(self, make: Callable[[], RunState]) -> None:
        """Write the state that `make` makes, if it is time to."""
        if time.monotonic() >= self._due:
            self.keep(make())

    def keep(self, state: RunState) -> None:
        """Write `state`; a failure is a warning."""
        began = time.monotonic()
        try:
            self._kept.write(self._identity, state)
        except (OutputError, MemoryError) as error:
            step = len(state.history)
            warnings.warn(f"no checkpoint at step {step}: {error or 'out of memory'}; the last one stays", stacklevel=2)
        now = time.monotonic()
        every = max(EVERY, (now - began) / SHARE) if self._every is None else self._every
        self._due = now + every

    def close(self) -> None:
        """Let others use the file."""
        self._kept.close()

    def remove(self) -> None:
        """Remove it, with the one before it: the run's result is safe."""
        self._kept.remove()

    def _read(self, identity: Mapping[str, Any]) -> RunState | None:
        found = self._kept.read(identity, may_differ=ROOM)
        if found is None:
            return None
        state: RunState = found.state
        if found.differences and state.outcome is None:
            told = "going on from its picture, with the optimizer's memory started anew"
            warnings.warn(f"{found.name}: {found.differences}; {told}", stacklevel=2)
            kept = {key: value for key, value in state.measuring.items() if key not in ("tile", "history")}
            state = state._replace(proposal=None, measuring=kept)
        if found.damage:
            told = f"going on from the one before it, at step {len(state.history)}"
            warnings.warn(f"{found.damage}; {told}", stacklevel=2)
        return state


def identity_of(
    settings: Settings, precision: str, inputs: Mapping[str, Any], weights: Any, versions: Mapping[str, str]
) -> dict[str, Any]:
    """What a run has to agree in with a checkpoint, as JSON holds it.

    Args:
        inputs: hashes of the content and the styles.
        weights: what tells the network's weights from others.
    """
    chosen = {name: value for name, value in settings.as_dict().items() if name not in NO_MATTER}
    return {
        "versions": dict(versions),
        "settings": chosen | {"precision": precision},
        "content": inputs["content"],
        "styles": list(inputs["styles"]),
        "weights": list(weights),
    }
