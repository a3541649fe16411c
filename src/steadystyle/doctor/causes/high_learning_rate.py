"""`high-learning-rate`."""

from __future__ import annotations

import math
from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.lineage import LARGE, grew, growth, history, largest_input, overflowed
from steadystyle.doctor.rates import is_usual, lower_rates, rate_place

MODERATE = 1e8


class HighLearningRate(CauseRule):
    """Growth from step to step until something overflows, which a smaller rate does not show."""

    def examine(self, case: Case) -> Diagnosis | None:
        origin, first = overflowed(case), case.losses[0] if case.losses else math.nan
        step = case.watched.sighting.step if case.watched.sighting else 0
        late = step >= 1 and (origin is not None or _ran_away(case))
        if not (grew(case) or late) or (case.origin and case.origin.leaf not in ("", "variable", "forgotten")):
            return None
        evidence = [history(case.losses)]
        if growth(case.losses) >= 2:
            evidence.append(f"it more than doubled at each of the last {growth(case.losses)} steps")
        strength = 0.6
        if any(case.stays_finite(name) for name in case.tried if "learning rate" in name):
            strength = 0.94 if is_usual(case) else 0.97
            evidence += [str(tried) for name, tried in case.tried.items() if "learning rate" in name]
        if math.isfinite(first) and abs(first) > MODERATE:
            strength -= 0.1
            evidence.append(f"but the first loss, {first:.3g}, was already huge")
        return Diagnosis(strength, tuple(evidence), rate_place(case))

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Divide the rate by 10, 100 or 1000, what was enough in a run first; else take the optimizer's usual one."""
        yield from lower_rates(case)


def _ran_away(case: Case) -> bool:
    """Whether the operand of a domain operation is itself astronomically large."""
    return case.origin is not None and not case.origin.leaf and largest_input(case.origin) > LARGE
