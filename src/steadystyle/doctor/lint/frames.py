"""The function that is being walked through, and how its operations are shown to the rules."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from steadystyle.doctor.lint.contracts import Context, Operation
from steadystyle.doctor.lint.domains import EDGED, at_edge
from steadystyle.doctor.lint.facts import Facts, Site, Trace
from steadystyle.doctor.lint.program import Class, Module, Scope

MOST_TRACES = 24
REMEMBERED = {
    "matmul": "raw-gram", "einsum": "raw-gram", "multiply": "loss-scaled", "cast": "cast-of-bytes",
    "clip_by_global_norm": "clipped-together",
}  # fmt: skip
"""Operations that leave a trace where they begin something that is only known later to be right or wrong."""


@dataclass
class Frame:
    """One function being walked through."""

    module: Module
    scope: Scope
    context: Context
    owner: Class | None = None
    returned: list[Facts] = field(default_factory=list)
    yielded: list[Facts] = field(default_factory=list)
    globals: set[str] = field(default_factory=set)


class Frames(ABC):
    """What every part of the walk stands on."""

    def __init__(self, show: Callable[[Operation], None], wanted: frozenset[str]) -> None:
        self._show, self._wanted = show, wanted
        self.frame: Frame

    @abstractmethod
    def evaluate(self, node: ast.expr | None) -> Facts:
        """What is known of an expression."""

    @abstractmethod
    def bind(self, target: ast.expr, facts: Facts) -> None:
        """Write down what is known of a target of an assignment."""

    @abstractmethod
    def narrow(self, test: ast.expr, holds: bool) -> None:
        """Write down what a test says of the names in it, where it holds or does not."""

    @contextmanager
    def within(self, **changes: Any) -> Iterator[None]:
        """The same frame in another context."""
        before = self.frame.context
        self.frame.context = replace(before, **changes)
        try:
            yield
        finally:
            self.frame.context = before

    def show(
        self,
        name: str,
        node: ast.AST,
        operands: tuple[ast.expr, ...],
        facts: tuple[Facts, ...],
        result: Facts,
        keywords: Mapping[str, tuple[ast.expr, Facts]] | None = None,
    ) -> Facts:
        """Show an operation to the rules; its result bears a trace of it if nothing kept it from its edge."""
        module = self.frame.module
        values = facts or tuple(value for _, value in (keywords or {}).values())
        site = Site(module.path, module.text, self.frame.context.function)
        if len(result.traces) < MOST_TRACES:
            edge = name if name in EDGED and at_edge(name, values) else REMEMBERED.get(name, "")
            if edge and (edge not in REMEMBERED.values() or _begins(edge, values, result)):
                result = _with(result, Trace(edge, node, site))
        if name in self._wanted:
            self._show(
                Operation(
                    name, node, operands, facts, keywords or {}, result, self.frame.context, site, module.spelled,
                    module.words,
                )
            )  # fmt: skip
        return result


def _with(result: Facts, trace: Trace) -> Facts:
    """A result and its parts with one more trace."""
    parts = tuple((name, _with(part, trace)) for name, part in result.parts)
    return result.but(traces=result.traces | {trace}, parts=parts)


def _begins(mark: str, operands: tuple[Facts, ...], result: Facts) -> bool:
    """Whether a mark is new in a result."""
    return result.deep().has(mark) and not any(facts.has(mark) for facts in operands)
