"""What enters the network, brought to at most 1."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.changes import Changes
from steadystyle.doctor.contracts import Case, Experiment
from steadystyle.doctor.feeds import feeding_edits
from steadystyle.doctor.lineage import too_large

WIDE = 30.0


class NetworkInput(Experiment):
    """By the edit of the feeding line where there is one, else at the outermost Keras layer."""

    def tries(self, case: Case) -> Iterator[tuple[str, Changes]]:
        entering = case.examined.network_input
        if entering is None or entering.values.magnitude < WIDE or not too_large(case):
            return
        name = "input / 255" if entering.values.magnitude <= 256 else "input scaled to 1"
        factor = 1 / 255 if entering.values.magnitude <= 256 else 1 / entering.values.magnitude
        yield name, Changes(network_input=factor)
        for edit in feeding_edits(case):
            if case.stays_finite(name):
                return
            yield name, Changes(sources={edit.file: edit.text})
