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
        return Diagnosis(0.6, ("the same step, run operation by operation without XLA, is finite",))

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Run the function without XLA."""
        for file, text in case.watched.sources.items():
            if "jit_compile" not in text:
                continue
            source = Source(file, text)
            asked = [
                n.value for n in source.nodes(ast.keyword) if isinstance(n, ast.keyword) and n.arg == "jit_compile"
            ]
            yield source.replaced("do without XLA", *((value, "False") for value in asked))
