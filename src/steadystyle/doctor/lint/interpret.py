"""Statements: a walk through programs in which names hold facts instead of values."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from steadystyle.doctor.lint.contracts import Context, Operation
from steadystyle.doctor.lint.flow import Flow
from steadystyle.doctor.lint.frames import Frame
from steadystyle.doctor.lint.program import Function, Module


class Interpreter(Flow):
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
