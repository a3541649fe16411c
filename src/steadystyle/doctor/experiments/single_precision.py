"""float32 where the script says float16."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.changes import Changes
from steadystyle.doctor.contracts import Case, Experiment
from steadystyle.doctor.precision import float32_edits


class SinglePrecision(Experiment):
    """By editing the source."""

    def tries(self, case: Case) -> Iterator[tuple[str, Changes]]:
        if case.origin is not None and case.origin.output.half:
            for edit in float32_edits(case):
                yield "float32", Changes(sources={edit.file: edit.text})
                return
