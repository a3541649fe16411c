"""Statements that give names to things: imports, definitions, assignments."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Callable, Sequence

from steadystyle.doctor.lint.calls import Calls
from steadystyle.doctor.lint.expressions import OPERATORS
from steadystyle.doctor.lint.facts import UNKNOWN, Facts, join
from steadystyle.doctor.lint.members import element_of
from steadystyle.doctor.lint.names import normalised
from steadystyle.doctor.lint.program import Class, Function, Module, Scope, sibling


class Bindings(Calls):
    """Walks through what binds names."""

    _functions: dict[ast.AST, Function]
    _load: Callable[[str], Module | None]

    @abstractmethod
    def module(self, module: Module) -> None:
        """Walk through what a module does when it is run."""

    @abstractmethod
    def walk_body(self, body: Sequence[ast.stmt]) -> None:
        """Walk through statements."""

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
