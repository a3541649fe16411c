"""`clip-spreads-nan`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.lineage import GENERIC
from steadystyle.doctor.rates import settings
from steadystyle.doctor.rewrite import guard_operand


class ClipSpreadsNan(CauseRule):
    """The norm that clipping divides by overflowed, though every gradient was finite."""

    def examine(self, case: Case) -> Diagnosis | None:
        origin = case.origin
        if origin is None or origin.leaf or origin.forward_op not in GENERIC | {"RealDiv"}:
            return None
        if not any("clip_by" in place.code for place in origin.places[:2]):
            return None
        return Diagnosis(
            0.97,
            ("every gradient was finite, but the norm that clipping divides by is not: all became NaN at once",),
        )

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Limit each entry before the norm is taken; else lower the learning rate."""
        place = case.origin.place if case.origin else None
        each = "[{tf}.clip_by_value(g, -1e6, 1e6) for g in {x}]"
        yield from guard_operand(case.watched.sources, place, 0, each, "limit each entry before the norm is taken")
        for setting in settings(case):
            yield setting.divided(100)
