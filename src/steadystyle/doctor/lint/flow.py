"""Statements that decide what runs: branches, loops, and what holds in each of them."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from steadystyle.doctor.lint.bindings import Bindings
from steadystyle.doctor.lint.facts import TINY, UNKNOWN, Facts, join, widened
from steadystyle.doctor.lint.members import element_of
from steadystyle.doctor.lint.names import library

ENDS = (ast.Return, ast.Raise, ast.Continue, ast.Break)
OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
}  # fmt: skip
SWAPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.Eq, ast.NotEq: ast.NotEq, ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE,
}  # fmt: skip


class Flow(Bindings):
    """Walks through the flow of control."""

    def _Expr(self, node: ast.Expr) -> None:
        facts = self.evaluate(node.value)
        if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
            callee = self.evaluate(node.value.func) if library(self._dotted(node.value.func)) else UNKNOWN
            if callee.kind == "module" and node.value.args:
                arguments = tuple(node.value.args)
                known = (self.evaluate(arguments[0]),) if isinstance(arguments[0], ast.Name | ast.Attribute) else ()
                name = str(callee.target)
                self.show("dropped", node.value, arguments, (Facts("text", target=name), *known), facts)

    def _dotted(self, node: ast.expr) -> str:
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        root = self.frame.scope.find(node.id) if isinstance(node, ast.Name) else UNKNOWN
        return ".".join([str(root.target), *reversed(parts)]) if root.kind == "module" else ""

    def _Return(self, node: ast.Return) -> None:
        facts = self.evaluate(node.value)
        self.frame.returned.append(facts)
        if node.value is not None:
            self.show("return", node, (node.value,), (facts,), facts)

    def _With(self, node: ast.With | ast.AsyncWith) -> None:
        taped = False
        for item in node.items:
            facts = self.evaluate(item.context_expr)
            taped = taped or facts.kind == "tape"
            if item.optional_vars is not None:
                self.bind(item.optional_vars, facts)
        if taped:
            with self.within(purpose="gradient"):
                self.walk_body(node.body)
        else:
            self.walk_body(node.body)

    _AsyncWith = _With

    def _test(self, node: ast.expr) -> Facts:
        """A test: no gradient is taken of it, and a step in it is only tried."""
        purpose = self.frame.context.purpose
        with self.within(purpose="tested" if purpose in ("", "gradient") else purpose):
            return self.evaluate(node)

    def _If(self, node: ast.If) -> None:
        test = self._test(node.test)
        scope = self.frame.scope
        before = dict(scope.values)
        self.narrow(node.test, True)
        with self.within(checked=self.frame.context.checked or test.has("finite-check")):
            self.walk_body(node.body)
        if self.frame.scope.parent is None and _is_main(node.test):
            return
        after = scope.values
        scope.values = before
        self.narrow(node.test, False)
        self.walk_body(node.orelse)
        if _ends(node.body):
            return
        if _ends(node.orelse):
            scope.values = after
        else:
            scope.values = _both(after, scope.values)

    def narrow(self, test: ast.expr, holds: bool) -> None:
        """What a test says of the names in it, in the branch where it holds or does not."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            self.narrow(test.operand, not holds)
        elif isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) == holds:
            for one in test.values:
                self.narrow(one, holds)
        elif isinstance(test, ast.Compare) and len(test.ops) == 1:
            left, right, kind = test.left, test.comparators[0], type(test.ops[0])
            if not isinstance(left, ast.Name):
                left, right, kind = right, left, SWAPPED.get(kind, kind)
            limit = self.evaluate(right).constant if isinstance(right, ast.Constant | ast.UnaryOp | ast.Name) else None
            if isinstance(left, ast.Name) and limit is not None:
                facts = self.frame.scope.find(left.id)
                self.frame.scope.values[left.id] = narrowed(facts, kind if holds else OPPOSITE.get(kind, kind), limit)

    def _loop(self, body: Sequence[ast.stmt]) -> None:
        """A body twice: in the second round with what holds in every round."""
        before = dict(self.frame.scope.values)
        self.walk_body(body)
        after = self.frame.scope.values
        changed = {name for name in before if name in after and after[name] != before[name]}
        if changed:
            self.frame.scope.values = {
                **after, **{name: widened(before[name], after[name]) for name in changed},
            }  # fmt: skip
            self.walk_body(body)
            self.frame.scope.values = _both(before, self.frame.scope.values)

    def _For(self, node: ast.For | ast.AsyncFor) -> None:
        over = self.evaluate(node.iter)
        if over.kind == "dataset":
            self.show("iterate", node.iter, (node.iter,), (over,), UNKNOWN)
        self.bind(node.target, element_of(over))
        self._loop(node.body)
        self.walk_body(node.orelse)

    _AsyncFor = _For

    def _While(self, node: ast.While) -> None:
        self._test(node.test)
        self._loop(node.body)
        self.walk_body(node.orelse)

    def _Try(self, node: ast.Try) -> None:
        self.walk_body(node.body)
        for handler in node.handlers:
            self.walk_body(handler.body)
        self.walk_body(node.orelse)
        self.walk_body(node.finalbody)

    _TryStar = _Try

    def _Match(self, node: ast.Match) -> None:
        self.evaluate(node.subject)
        before = dict(self.frame.scope.values)
        results: Mapping[str, Facts] = before
        for case in node.cases:
            self.frame.scope.values = dict(before)
            self.walk_body(case.body)
            results = _both(results, self.frame.scope.values)
        self.frame.scope.values = dict(results)


def narrowed(facts: Facts, kind: type[ast.cmpop], limit: float) -> Facts:
    """What is known of a value that compares so with a number."""
    if kind is ast.NotEq and limit == 0:
        return facts.but(nonzero=True)
    if kind is ast.Gt:
        return facts.but(low=max(facts.low, limit if limit else TINY), nonzero=facts.nonzero or limit >= 0)
    if kind is ast.GtE:
        return facts.but(low=max(facts.low, limit), nonzero=facts.nonzero or limit > 0)
    if kind in (ast.Lt, ast.LtE):
        return facts.but(high=min(facts.high, limit), nonzero=facts.nonzero or limit < 0)
    return facts


def _both(one: Mapping[str, Facts], other: Mapping[str, Facts]) -> dict[str, Facts]:
    return {
        name: join(one[name], other[name]) if name in one and name in other else one.get(name, other.get(name, UNKNOWN))
        for name in {*one, *other}
    }


def _ends(body: Sequence[ast.stmt]) -> bool:
    return bool(body) and isinstance(body[-1], ENDS)


def _is_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"
