"""`backend-bug`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.rewrite import Source


class BackendBug(CauseRule):
    """The same step, run operation by operation and without XLA, is finite, and nothing else explains it."""

    def examine(self, case: Case) -> Diagnosis | None:
        if case.origin is not None or not case.watched.compiled or case.examined.ending == "sick":
            return None
        places = (source.place_of(keyword) for source, keyword in _asked(case))
        evidence = "the same step, run operation by operation without XLA, is finite"
        return Diagnosis(0.6, (evidence,), next(places, None))

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Run the function without XLA."""
        for source, keyword in _asked(case):
            yield source.replaced("do without XLA", (keyword.value, "False"))


def _asked(case: Case) -> Iterator[tuple[Source, ast.keyword]]:
    """Where the program asks for XLA."""
    for file, text in case.watched.sources.items():
        if "jit_compile" in text:
            source = Source(file, text)
            for node in ast.walk(source.tree):
                if isinstance(node, ast.keyword) and node.arg == "jit_compile":
                    yield source, node
