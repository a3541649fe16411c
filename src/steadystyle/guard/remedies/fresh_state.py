"""Let the optimizer forget."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from steadystyle.core.contracts import Remedy
from steadystyle.core.flow import Fault, Treatment


class FreshState(Remedy):
    """Where the optimizer's memory is not finite, it starts anew from the last good picture."""

    order, tries = 40, 1

    def treat(self, fault: Fault) -> Treatment | None:
        if fault.last is None or _is_finite(fault.last_state):
            return None
        rate = fault.learning_rate * fault.rate_factor
        proposal = fault.propose(fault.last, fault.start(fault.last.image), rate)
        return Treatment(proposal, fault.rate_factor, "rolled back to the last good picture", "optimizer's state anew")


def _is_finite(state: object) -> bool:
    numbers = (np.asarray(part) for part in tf.nest.flatten(state) if part is not None)
    return all(bool(np.isfinite(part).all()) for part in numbers)
