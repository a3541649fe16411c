"""What is known of a value without running the program: bounds, type, where it came from, and what went wrong in it."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from steadystyle.doctor.lint.text import Text

INFINITY = math.inf
TINY = 1e-30
"""A lower bound for what is positive, by how much nobody knows."""
HALF_TINIEST = 3e-8
"""Half of the smallest float16: whatever is below rounds to 0."""
LARGEST_HALF = 65504.0


class Site(NamedTuple):
    """Where a piece of a program stands."""

    path: str
    text: Text
    function: str


class Trace(NamedTuple):
    """An operation that a value was computed through, and that may turn out to have been at fault."""

    operation: str
    node: ast.AST
    site: Site


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one value; the default is: nothing.

    Attributes:
        kind: "tensor", "variable", "array" (of numpy), "number", "text", "module", "function", "class", "instance",
            "optimizer", "network", "tape", ... or "" where nothing is known.
        low: a lower bound; above 0 it means that the value is kept away from 0, on purpose or by nature.
        high: an upper bound.
        nonzero: it is never exactly 0.
        dtype: as numpy spells it; "" where it is not known.
        marks: words for where it came from ("sum", "gram", "softmax", "bytes", ...).
        traces: operations at the edge of their domain on the way to it.
        parts: of a tuple, list or dictionary, by position or key.
        target: what a module, function, class, instance or method stands for.
    """

    kind: str = ""
    low: float = -INFINITY
    high: float = INFINITY
    nonzero: bool = False
    dtype: str = ""
    marks: frozenset[str] = frozenset()
    traces: frozenset[Trace] = frozenset()
    parts: tuple[tuple[Any, Facts], ...] = ()
    target: Any = None

    @property
    def constant(self) -> float | None:
        """The number that it is, None where it may be more than one."""
        return self.low if self.low == self.high and math.isfinite(self.low) else None

    @property
    def positive(self) -> bool:
        """Whether it is kept above 0."""
        return self.low > 0

    @property
    def bounded(self) -> bool:
        """Whether both bounds are known."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def numeric(self) -> bool:
        """Whether TensorFlow computes with it."""
        return self.kind in ("tensor", "variable")

    @property
    def half(self) -> bool:
        """Whether it is float16."""
        return self.dtype == "float16"

    def has(self, *marks: str) -> bool:
        """Whether it has one of these marks."""
        return not self.marks.isdisjoint(marks)

    def part(self, key: Any) -> Facts:
        """One part of a tuple, list or dictionary; nothing is known of one that is not there."""
        return next((facts for name, facts in self.parts if name == key), UNKNOWN)

    def traced(self, *operations: str) -> frozenset[Trace]:
        """The traces of these operations."""
        return frozenset(trace for trace in self.traces if trace.operation in operations)

    def deep(self) -> Facts:
        """The same with the marks and traces of its parts."""
        if not self.parts:
            return self
        parts = [part.deep() for _, part in self.parts]
        marks, traces = self.marks.union(*(p.marks for p in parts)), self.traces.union(*(p.traces for p in parts))
        return self.but(marks=marks, traces=traces)

    def but(self, **changes: Any) -> Facts:
        """The same with some fields changed."""
        return replace(self, **changes)

    def marked(self, *marks: str) -> Facts:
        """The same with more marks."""
        return self.but(marks=self.marks | frozenset(marks))

    def without(self, *marks: str) -> Facts:
        """The same without some marks."""
        return self.but(marks=self.marks - frozenset(marks)) if self.has(*marks) else self


UNKNOWN = Facts()
NOTHING = Facts("none")
TENSOR = Facts("tensor")


def number(value: float, dtype: str = "") -> Facts:
    """A number that is written in the source; `dtype` is "int" or "float", which give way to a tensor's own."""
    return Facts("number", value, value, value != 0, dtype)


def tensor(low: float = -INFINITY, high: float = INFINITY, *marks: str) -> Facts:
    """A tensor between two bounds."""
    return Facts("tensor", low, high, low > 0 or high < 0, marks=frozenset(marks))


def join(one: Facts, other: Facts) -> Facts:
    """What is known of a value that is one or the other."""
    if one == other or other.kind == "none":
        return one
    if one.kind == "none":
        return other
    kinds = {one.kind, other.kind}
    kind = one.kind if len(kinds) == 1 else "tensor" if kinds & {"tensor", "variable"} else ""
    keys = [key for key, _ in one.parts if any(key == name for name, _ in other.parts)]
    return Facts(
        kind,
        min(one.low, other.low),
        max(one.high, other.high),
        one.nonzero and other.nonzero,
        one.dtype if one.dtype == other.dtype else "",
        one.marks | other.marks,
        one.traces | other.traces,
        tuple((key, join(one.part(key), other.part(key))) for key in keys),
        one.target if one.target == other.target else one.target or other.target,
    )


def joined(values: Iterable[Facts]) -> Facts:
    """What is known of a value that is one of these."""
    result: Facts | None = None
    for facts in values:
        result = facts if result is None else join(result, facts)
    return UNKNOWN if result is None else result


def widened(before: Facts, after: Facts) -> Facts:
    """What holds in every round of a loop: a bound that moved in the first round may move in each."""
    result = join(before, after)
    if not (before.bounded and after.kind in ("number", "tensor")):
        return result
    low = result.low if after.low >= before.low else -INFINITY
    high = result.high if after.high <= before.high else INFINITY
    moved = (low, high) != (result.low, result.high)
    marks = result.marks | ({"counter"} if moved and low == -INFINITY else frozenset())
    return result.but(low=low, high=high, nonzero=False if moved else result.nonzero, marks=marks)


def product(*factors: float) -> float:
    """A product in which 0 times infinity is 0, as bounds want it."""
    return 0.0 if 0.0 in factors else math.prod(factors)


def in_single(value: float) -> float:
    """A number as float32 holds it: 1 - 1e-9 is 1."""
    if not math.isfinite(value) or value == 0:
        return value
    mantissa, exponent = math.frexp(value)
    return math.ldexp(round(mantissa * 2**24) / 2**24, exponent)
