"""What the script updates its variables with: the optimizers that it made, and the lines that assign by hand."""

from __future__ import annotations

from typing import Any

from steadystyle.doctor import source
from steadystyle.doctor.observed import Optimizer, Place


class Inventory:
    """Filled while the script runs, described when it has ended."""

    def __init__(self) -> None:
        self._optimizers: dict[int, tuple[Any, tuple[source.Line, ...]]] = {}
        self._updates: dict[tuple[str, int], source.Line] = {}

    def add_made(self, optimizer: Any) -> None:
        """An optimizer is being made, on the current line of the user's."""
        if lines := source.stack():
            self._optimizers.setdefault(id(optimizer), (optimizer, lines))

    def add_used(self, optimizer: Any) -> None:
        """An optimizer is used; where it was made is not known of one that was there before."""
        self._optimizers.setdefault(id(optimizer), (optimizer, ()))

    def add_update(self) -> None:
        """A variable is being assigned, on the current line of the user's."""
        for line in source.stack()[:1]:
            self._updates.setdefault(line[:2], line)

    def updates(self) -> list[Place]:
        """Every line that assigned a variable."""
        return [source.place(line) for line in self._updates.values()]

    def optimizers(self) -> list[Optimizer]:
        """Every optimizer as it is now; one that only scales the loss of another is not counted."""
        scalers = "LossScaleOptimizer"
        return [_described(o, lines) for o, lines in self._optimizers.values() if type(o).__name__ != scalers]


def _described(optimizer: Any, lines: tuple[source.Line, ...]) -> Optimizer:
    try:
        rate = float(optimizer.learning_rate)
    except Exception:  # a schedule of the user's own may fail, and that must not be our end
        rate = float("nan")
    return Optimizer(
        type(optimizer).__name__, rate, source.place(lines[0]) if lines else None, getattr(optimizer, "epsilon", None)
    )
