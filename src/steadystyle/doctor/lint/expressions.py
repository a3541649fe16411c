"""Expressions: from what is known of the names to what is known of the value; every operation on the way is shown."""

from __future__ import annotations

import ast
from abc import abstractmethod

from steadystyle.doctor.lint.arithmetic import combined, folded
from steadystyle.doctor.lint.facts import NOTHING, UNKNOWN, Facts, join, joined, number, tensor
from steadystyle.doctor.lint.members import Members, element_of, or_epsilon
from steadystyle.doctor.lint.program import Function, Scope

OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide", ast.Pow: "pow",
    ast.MatMult: "matmul", ast.FloorDiv: "floordiv", ast.Mod: "mod",
}  # fmt: skip


class Expressions(Members):
    """Walks through expressions."""

    @abstractmethod
    def call(self, node: ast.Call) -> Facts:
        """What is known of what a call returns."""

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
        return or_epsilon(self.frame.scope.find(node.id), node.id)

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
