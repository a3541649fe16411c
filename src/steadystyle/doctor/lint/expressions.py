"""Expressions: from what is known of the names to what is known of the value; every operation on the way is shown."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from steadystyle.doctor.lint.arithmetic import combined, folded
from steadystyle.doctor.lint.contracts import Context, Operation
from steadystyle.doctor.lint.domains import EDGED, at_edge
from steadystyle.doctor.lint.facts import NOTHING, TINY, UNKNOWN, Facts, Site, Trace, join, joined, number, tensor
from steadystyle.doctor.lint.names import normalised
from steadystyle.doctor.lint.program import Class, Function, Module, Scope

OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide", ast.Pow: "pow",
    ast.MatMult: "matmul", ast.FloorDiv: "floordiv", ast.Mod: "mod",
}  # fmt: skip
CONSTANTS = {"numpy.pi": 3.141592653589793, "math.pi": 3.141592653589793, "numpy.e": 2.718281828459045}
MOST_TRACES = 24
EPSILONS = ("eps", "smooth", "tiny", "jitter")
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


class Expressions(ABC):
    """Walks through expressions."""

    def __init__(self, show: Callable[[Operation], None], wanted: frozenset[str]) -> None:
        self._show, self._wanted = show, wanted
        self.frame: Frame

    @abstractmethod
    def call(self, node: ast.Call) -> Facts:
        """What is known of what a call returns."""

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

    def evaluate(self, node: ast.expr | None) -> Facts:
        """What is known of an expression."""
        if node is None:
            return UNKNOWN
        method = getattr(self, f"_{type(node).__name__}", None)
        if method is not None:
            facts: Facts = method(node)
            return facts
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.evaluate(child)
        return UNKNOWN

    def _Constant(self, node: ast.Constant) -> Facts:
        value = node.value
        if isinstance(value, bool):
            return Facts("boolean", target=value)
        if isinstance(value, int | float):
            return number(float(value), type(value).__name__) if abs(value) < 1e300 else Facts("number")
        if isinstance(value, str):
            return Facts("text", target=value)
        return NOTHING if value is None else UNKNOWN

    def _Name(self, node: ast.Name) -> Facts:
        return _or_epsilon(self.frame.scope.find(node.id), node.id)

    def _Call(self, node: ast.Call) -> Facts:
        return self.call(node)

    def _Tuple(self, node: ast.Tuple | ast.List) -> Facts:
        parts = [self.evaluate(one.value if isinstance(one, ast.Starred) else one) for one in node.elts]
        exact = not any(isinstance(one, ast.Starred) for one in node.elts)
        return Facts("tuple", parts=tuple(enumerate(parts[:64])) if exact else (("element", joined(parts)),))

    _List = _Tuple
    _Set = _Tuple

    def _Dict(self, node: ast.Dict) -> Facts:
        parts = []
        for key, value in zip(node.keys, node.values, strict=True):
            facts = self.evaluate(value)
            name = self.evaluate(key).target if key else None
            parts.append((name, facts))
        return Facts("dict", parts=tuple(parts[:64]))

    def _BinOp(self, node: ast.BinOp) -> Facts:
        name = OPERATORS.get(type(node.op), "")
        return self.operator(name, node, node.left, node.right, self.evaluate(node.left), self.evaluate(node.right))

    def operator(self, name: str, node: ast.AST, a: ast.expr, b: ast.expr, left: Facts, right: Facts) -> Facts:
        """What is known of `a name b`."""
        if left.kind == right.kind == "number" and left.constant is not None and right.constant is not None:
            value = folded(name, left.constant, right.constant)
            dtype = "int" if left.dtype == right.dtype == "int" and name != "divide" else "float"
            return Facts("number") if value is None else number(value, dtype)
        if "tuple" in (left.kind, right.kind):
            return Facts("tuple", parts=(("element", join(element_of(left), element_of(right))),))
        if not name:
            return UNKNOWN
        same = ast.dump(a) == ast.dump(b) if name in ("multiply", "matmul") else False
        result = combined(name, left, right, same)
        if name == "pow" and right.constant == 2:
            marks = {"square", "square-of-mean"} if left.has("mean") else {"square"}
            result = result.but(low=max(result.low, 0.0), marks=result.marks | marks)
        if same and name == "multiply":
            result = result.marked("square", *(["square-of-mean"] if left.has("mean") else []))
        if name == "subtract" and result.kind == "tensor" and right.has("max") and ast.dump(a) not in ast.dump(b):
            result = result.without("shifted") if not left.numeric else result
        return self.show(name, node, (a, b), (left, right), result)

    def _UnaryOp(self, node: ast.UnaryOp) -> Facts:
        x = self.evaluate(node.operand)
        if isinstance(node.op, ast.USub):
            marks = x.marks - {"exp", "square", "inf"}  # what is masked is -inf on purpose
            return (
                x.but(low=-x.high, high=-x.low, marks=marks)
                if x.kind in ("number", "tensor", "variable", "array")
                else x
            )
        return x.without("finite-check").but(low=0.0, high=1.0) if x.numeric else UNKNOWN

    def _BoolOp(self, node: ast.BoolOp) -> Facts:
        return joined(self.evaluate(value) for value in node.values)

    def _Compare(self, node: ast.Compare) -> Facts:
        facts = [self.evaluate(value) for value in (node.left, *node.comparators)]
        compared = frozenset(name.id for name in ast.walk(node) if isinstance(name, ast.Name))
        known = tensor(0.0, 1.0, "mask").but(dtype="bool") if any(one.numeric for one in facts) else Facts("boolean")
        return known.but(target=compared)

    def _IfExp(self, node: ast.IfExp) -> Facts:
        self.evaluate(node.test)
        before, results = dict(self.frame.scope.values), []
        for holds, branch in ((True, node.body), (False, node.orelse)):
            self.narrow(node.test, holds)
            results.append(self.evaluate(branch))
            self.frame.scope.values = dict(before)
        return joined(results)

    def _NamedExpr(self, node: ast.NamedExpr) -> Facts:
        facts = self.evaluate(node.value)
        self.bind(node.target, facts)
        return facts

    def _Lambda(self, node: ast.Lambda) -> Facts:
        return Facts("function", target=Function(node, self.frame.module, self.frame.scope, self.frame.owner))

    def _Yield(self, node: ast.Yield) -> Facts:
        self.frame.yielded.append(self.evaluate(node.value))
        return UNKNOWN

    def _Starred(self, node: ast.Starred) -> Facts:
        return self.evaluate(node.value)

    def _ListComp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Facts:
        outer = self.frame.scope
        self.frame.scope = Scope(outer)
        try:
            self._generators(node.generators)
            element = self.evaluate(node.elt)
        finally:
            self.frame.scope = outer
        return Facts("tuple", parts=(("element", element),))

    _SetComp = _ListComp
    _GeneratorExp = _ListComp

    def _DictComp(self, node: ast.DictComp) -> Facts:
        outer = self.frame.scope
        self.frame.scope = Scope(outer)
        try:
            self._generators(node.generators)
            self.evaluate(node.key)
            element = self.evaluate(node.value)
        finally:
            self.frame.scope = outer
        return Facts("dict", parts=(("element", element),))

    def _generators(self, generators: list[ast.comprehension]) -> None:
        for generator in generators:
            self.bind(generator.target, element_of(self.evaluate(generator.iter)))
            for test in generator.ifs:
                self.evaluate(test)

    def _Attribute(self, node: ast.Attribute) -> Facts:
        return _or_epsilon(self.attribute(self.evaluate(node.value), node.attr), node.attr)

    def attribute(self, owner: Facts, name: str) -> Facts:
        """What is known of an attribute."""
        if owner.kind == "module":
            dotted = normalised(f"{owner.target}.{name}")
            if dotted.endswith((".nan", ".NaN", ".NAN")):
                return Facts("number", marks=frozenset({"nan"}))
            if dotted.endswith((".inf", ".Inf", ".PINF")):
                return Facts("number", marks=frozenset({"inf"}))
            return number(CONSTANTS[dotted]) if dotted in CONSTANTS else Facts("module", target=dotted)
        if owner.kind == "own-module":
            found: Facts = owner.target.scope.find(name)
            return found
        if isinstance(owner.target, Class):
            method = owner.target.method(name) if name not in owner.target.attributes else None
            return Facts("method", target=(owner, method)) if method else owner.target.attribute(name)
        if owner.kind in ("network", "layer"):
            return Facts("", marks=owner.marks & {"pretrained"})
        if owner.kind in ("namespace", "dict", "optimizer"):
            return owner.part(name)
        if name == "shape" and owner.kind in ("tensor", "variable", "array", ""):
            return Facts("tuple", marks=frozenset({"size"}))
        if name in ("T", "real") and owner.kind in ("tensor", "array"):
            return owner
        return Facts("size" if name in ("size", "ndim") else "")

    def _Subscript(self, node: ast.Subscript) -> Facts:
        owner, index = self.evaluate(node.value), self.evaluate(node.slice)
        if owner.kind in ("tensor", "variable", "array"):
            return owner.but(kind="tensor" if owner.numeric else "array")
        if owner.has("size"):
            return Facts("number", 1.0, marks=frozenset({"size"}))
        if owner.kind == "dict":
            return owner.part(index.target) if index.kind == "text" else joined(part for _, part in owner.parts)
        if owner.parts:
            position = index.constant
            keys: dict[Any, Facts] = dict(owner.parts)
            if position is not None and int(position) in keys:
                return keys[int(position)]
            if position is not None and position < 0 and "element" not in keys:
                return keys.get(len(keys) + int(position), UNKNOWN)
            return element_of(owner)
        return UNKNOWN

    def _Slice(self, node: ast.Slice) -> Facts:
        for part in (node.lower, node.upper, node.step):
            self.evaluate(part)
        return UNKNOWN


def _or_epsilon(facts: Facts, name: str) -> Facts:
    """What is known, or what the name says where nothing is: an epsilon is small and positive."""
    if facts == UNKNOWN and any(word in name.lower() for word in EPSILONS):
        return Facts("number", TINY, 0.1, True, "float", frozenset({"epsilon"}))
    return facts


def _with(result: Facts, trace: Trace) -> Facts:
    """A result and its parts with one more trace."""
    parts = tuple((name, _with(part, trace)) for name, part in result.parts)
    return result.but(traces=result.traces | {trace}, parts=parts)


def _begins(mark: str, operands: tuple[Facts, ...], result: Facts) -> bool:
    """Whether a mark is new in a result."""
    return result.deep().has(mark) and not any(facts.has(mark) for facts in operands)


def element_of(facts: Facts) -> Facts:
    """What is known of what comes out of a loop over it."""
    if facts.kind in ("tensor", "variable"):
        return facts.but(kind="tensor")
    if facts.kind == "array":
        return facts
    if facts.kind == "dict" and not any(name == "element" for name, _ in facts.parts):
        return UNKNOWN
    element = joined(part for _, part in facts.parts)
    return element.marked("nan-data") if facts.has("nan-data") else element
