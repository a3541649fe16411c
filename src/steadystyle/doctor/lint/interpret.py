"""Statements: a walk through programs in which names hold facts instead of values."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence

from steadystyle.doctor.lint.calls import Calls
from steadystyle.doctor.lint.contracts import Context, Operation
from steadystyle.doctor.lint.expressions import OPERATORS, Frame, element_of
from steadystyle.doctor.lint.facts import TINY, UNKNOWN, Facts, join, widened
from steadystyle.doctor.lint.names import library, normalised
from steadystyle.doctor.lint.program import Class, Function, Module, Scope, sibling

ENDS = (ast.Return, ast.Raise, ast.Continue, ast.Break)
OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
}  # fmt: skip
SWAPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.Eq, ast.NotEq: ast.NotEq, ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE,
}  # fmt: skip


class Interpreter(Calls):
    """Walks through modules; `show` is called with every operation whose name is wanted."""

    def __init__(
        self,
        show: Callable[[Operation], None],
        wanted: frozenset[str],
        load: Callable[[str], Module | None] = lambda path: None,
    ) -> None:
        super().__init__(show, wanted)
        self._load = load
        self._functions: dict[ast.AST, Function] = {}
        self.too_deep: set[str] = set()
        """Files with code that is nested too deeply to walk through."""

    def modules(self, modules: Sequence[Module]) -> None:
        """Walk through these, and then through the functions that none of them calls."""
        for module in modules:
            try:
                self.module(module)
            except RecursionError:
                self.too_deep.add(module.path)
        given = {id(module) for module in modules}
        seen: set[ast.AST] = set()
        while waiting := [node for node in self._functions if node not in seen]:
            # Constructors first: the other methods rely on what they set.
            for node in sorted(waiting, key=lambda node: getattr(node, "name", "") != "__init__"):
                seen.add(node)
                function = self._functions[node]
                if id(function.module) in given:
                    self.frame = self._frame_of(function.module)
                    try:
                        self.walk_alone(function)
                    except RecursionError:
                        self.too_deep.add(function.module.path)

    def module(self, module: Module) -> None:
        """Walk through what a module does when it is run."""
        if module.done:
            return
        module.done = True
        outer = getattr(self, "frame", None)
        self.frame = self._frame_of(module)
        self.walk_body(module.tree.body)
        if outer is not None:
            self.frame = outer

    def _frame_of(self, module: Module) -> Frame:
        words = module.words
        half = "mixed_float16" in words and not {"set_global_policy", "set_policy", "Policy"}.isdisjoint(words)
        return Frame(module, module.scope, Context(compiled="jit_compile=True" in words, half=half))

    def walk_body(self, body: Sequence[ast.stmt]) -> None:
        """Walk through statements."""
        for statement in body:
            method = getattr(self, f"_{type(statement).__name__}", None)
            if method is not None:
                method(statement)
            else:
                self._nested(statement)

    def _nested(self, statement: ast.stmt) -> None:
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, ast.expr):
                self.evaluate(child)
        for _, body in ast.iter_fields(statement):
            if isinstance(body, list):
                self.walk_body([one for one in body if isinstance(one, ast.stmt)])

    # Names

    def _Import(self, node: ast.Import) -> None:
        for alias in node.names:
            own = self._sibling(alias.name, 0)
            if own is not None:
                self.frame.scope.values[alias.asname or alias.name.split(".")[0]] = own
                continue
            dotted = alias.name if alias.asname else alias.name.split(".")[0]
            self.frame.scope.values[alias.asname or dotted] = Facts("module", target=normalised(dotted))

    def _ImportFrom(self, node: ast.ImportFrom) -> None:
        own = self._sibling(node.module or "", node.level)
        for alias in node.names:
            name = alias.asname or alias.name
            if own is not None:
                self.frame.scope.values[name] = own.target.scope.find(alias.name)
            elif not node.level:
                self.frame.scope.values[name] = Facts("module", target=normalised(f"{node.module}.{alias.name}"))

    def _sibling(self, dotted: str, level: int) -> Facts | None:
        path = sibling(self.frame.module, dotted, level)
        module = self._load(str(path)) if path else None
        if module is None:
            return None
        self.module(module)
        return Facts("own-module", target=module)

    def _FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        function = Function(node, self.frame.module, self.frame.scope, None)
        for decorator in node.decorator_list:
            self.evaluate(decorator)
        self._functions.setdefault(node, function)
        self.frame.scope.values[node.name] = Facts("function", target=function)

    _AsyncFunctionDef = _FunctionDef

    def _ClassDef(self, node: ast.ClassDef) -> None:
        made = Class(node, self.frame.module, tuple(self.evaluate(base) for base in node.bases))
        outer = self.frame.scope
        self.frame.scope = Scope(outer)
        self.walk_body([one for one in node.body if not isinstance(one, ast.FunctionDef)])
        made.attributes.update(self.frame.scope.values)
        self.frame.scope = outer
        for one in node.body:
            if isinstance(one, ast.FunctionDef):
                made.methods[one.name] = Function(one, self.frame.module, outer, made)
                self._functions.setdefault(one, made.methods[one.name])
        self.frame.scope.values[node.name] = Facts("class", target=made)

    def _Global(self, node: ast.Global) -> None:
        self.frame.globals.update(node.names)

    def _Assign(self, node: ast.Assign) -> None:
        facts = self.evaluate(node.value)
        for target in node.targets:
            self.bind(target, facts)

    def _AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.bind(node.target, self.evaluate(node.value))

    def _AugAssign(self, node: ast.AugAssign) -> None:
        left, right = self.evaluate(node.target), self.evaluate(node.value)
        name = OPERATORS.get(type(node.op), "")
        self.bind(node.target, self.operator(name, node, node.target, node.value, left, right))

    def bind(self, target: ast.expr, facts: Facts) -> None:
        """Write down what is known of a target of an assignment."""
        if isinstance(target, ast.Name):
            scope = self.frame.module.scope if target.id in self.frame.globals else self.frame.scope
            scope.values[target.id] = facts
        elif isinstance(target, ast.Tuple | ast.List):
            named = not any(name == "element" for name, _ in facts.parts) and facts.kind == "tuple"
            for position, one in enumerate(target.elts):
                part = facts.part(position) if named else element_of(facts)
                self.bind(one.value if isinstance(one, ast.Starred) else one, part)
        elif isinstance(target, ast.Attribute):
            owner = self.evaluate(target.value)
            if isinstance(owner.target, Class):
                known = owner.target.attributes
                known[target.attr] = join(known[target.attr], facts) if target.attr in known else facts
            elif owner.kind == "optimizer" and target.attr in ("learning_rate", "lr"):
                self.show("set-rate", target, (target.value,), (owner, facts), UNKNOWN)
        elif isinstance(target, ast.Subscript):
            self._bind_entry(target, facts)

    def _bind_entry(self, target: ast.Subscript, facts: Facts) -> None:
        self.evaluate(target.slice)
        name: ast.expr = target.value
        while isinstance(name, ast.Subscript):
            name = name.value
        if not isinstance(name, ast.Name):
            return
        owner = self.frame.scope.find(name.id)
        if owner.kind in ("array", "tuple") and facts.has("nan", "inf"):
            self.bind(name, owner.marked("nan-data"))
        elif owner.has("by-column") and isinstance(target.slice, ast.Compare):
            self.bind(name, owner.without("by-column"))  # the zeros of a deviation replaced
        elif owner.kind == "array" and facts.kind in ("number", "array"):
            self.bind(name, owner.but(low=min(owner.low, facts.low), high=max(owner.high, facts.high)))
        elif owner.kind == "dict":
            key = self.evaluate(target.slice).target
            parts = tuple((other, part) for other, part in owner.parts if other != key)
            self.bind(name, owner.but(parts=(*parts, (key, facts))[-64:]))

    # Flow

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
