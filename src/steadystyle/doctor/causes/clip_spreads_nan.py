"""`clip-spreads-nan`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.lineage import GENERIC
from steadystyle.doctor.rates import settings


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
            (
                "every gradient was finite, but the norm that clipping divides by is not: all of them became NaN at once",
            ),
        )

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        for setting in settings(case):
            yield setting.divided(100)
