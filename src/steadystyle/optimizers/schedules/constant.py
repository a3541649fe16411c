"""The same learning rate throughout."""

from __future__ import annotations

from collections.abc import Sequence

from steadystyle.core.contracts import Schedule


class Constant(Schedule):
    """factor = 1."""

    def factor(self, step: int, steps: int, losses: Sequence[float]) -> float:
        return 1.0
