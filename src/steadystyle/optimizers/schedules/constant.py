"""The same learning rate throughout."""

from __future__ import annotations

from steadystyle.core.contracts import Schedule


class Constant(Schedule):
    """factor = 1."""

    def factor(self, step: int, steps: int) -> float:
        return 1.0
