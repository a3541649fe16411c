"""A tenth of the learning rate at first, all of it after a tenth of the steps."""

from __future__ import annotations

from collections.abc import Sequence

from steadystyle.core.contracts import Schedule

FIRST, SHARE = 0.1, 0.1


class Warmup(Schedule):
    """factor = min(1, FIRST + (1 - FIRST) step / (SHARE steps)).

    Source: Goyal et al., "Accurate, Large Minibatch SGD", 2017, sec. 2.2 (gradual warm-up).
    """

    def factor(self, step: int, steps: int, losses: Sequence[float]) -> float:
        return min(1.0, FIRST + (1 - FIRST) * step / max(1.0, SHARE * steps))
