"""What a guard knows of its run, as a plain value, so that a later process can go on from it."""

from __future__ import annotations

import weakref
from collections import Counter
from typing import Any

from steadystyle.guard.best import Best
from steadystyle.guard.judge import Guard

MADE_ANEW = {"_checks", "_remedies", "_optimizer", "highest_rate", "on_event", "_engine"}
"""What a new guard has by itself, or is given; all else is remembered, whatever a later version adds."""


def memory_of(guard: Guard, *, over: bool = False) -> dict[str, Any]:
    """All that `guard` has learned: measurements, states, counts, what repairs left of the rate, the remedies' tries.

    The values are those that the guard holds, not copies; it never changes one in place, but for the counts, which are
    copied.

    Args:
        over: the run is: only the best is of interest.
    """
    if over:
        return {"best": dict(vars(guard.best))}
    known = {name: value for name, value in vars(guard).items() if name not in MADE_ANEW}
    tries = [guard._tries[remedy] for remedy in guard._remedies]
    return known | {"best": dict(vars(guard.best)), "_tries": tries, "_confirmed": guard._confirmed()}


def recall(guard: Guard, memory: dict[str, Any]) -> None:
    """Make `guard`, which was told of its scale, know what `memory_of` gave."""
    vars(guard).update(memory)
    guard.best = Best()
    vars(guard.best).update(memory["best"])
    confirmed = memory.get("_confirmed")
    guard._confirmed = (lambda: None) if confirmed is None else weakref.ref(confirmed)
    guard._tries = Counter(dict(zip(guard._remedies, memory.get("_tries", ()), strict=False)))
