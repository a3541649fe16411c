"""The parts of a program that is read: modules with their siblings, scopes, functions and classes."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from steadystyle.doctor.lint.facts import UNKNOWN, Facts
from steadystyle.doctor.lint.text import Text


class Scope:
    """Names and what is known of them."""

    def __init__(self, parent: Scope | None = None) -> None:
        self.values: dict[str, Facts] = {}
        self.parent = parent

    def find(self, name: str) -> Facts:
        """What is known of a name here or further out."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.values:
                return scope.values[name]
            scope = scope.parent
        return UNKNOWN


@dataclass(eq=False)
class Module:
    """One file of source."""

    path: str
    text: Text
    tree: ast.Module
    scope: Scope = field(default_factory=Scope)
    done: bool = False

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All of its syntax, walked through once."""
        return list(ast.walk(self.tree))

    @cached_property
    def words(self) -> frozenset[str]:
        """Every name and short string of the file: evidence that it does a thing somewhere."""
        found: set[str] = set()
        for node in self.nodes:
            if isinstance(node, ast.Name):
                found.add(node.id)
            elif isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, ast.keyword):
                if node.arg and isinstance(node.value, ast.Constant) and node.value.value is True:
                    found.add(f"{node.arg}=True")
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 40:
                found.add(node.value)
            elif isinstance(node, ast.alias):
                found.update(node.name.split("."))
        return frozenset(found)

    @cached_property
    def spelled(self) -> Mapping[str, str]:
        """How the file spells the libraries that it imports."""
        found: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found.update({alias.name: alias.asname or alias.name for alias in node.names})
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.update({f"{node.module}.{alias.name}": alias.asname or alias.name for alias in node.names})
        return found


@dataclass(eq=False)
class Class:
    """A class of the program; what is known of its instances' attributes is known of all of them together."""

    node: ast.ClassDef
    module: Module
    bases: tuple[Facts, ...]
    methods: dict[str, Function] = field(default_factory=dict)
    attributes: dict[str, Facts] = field(default_factory=dict)

    @property
    def ancestors(self) -> frozenset[str]:
        """The last names of the library classes that it is made from."""
        found: set[str] = set()
        for base in self.bases:
            if isinstance(base.target, Class):
                found |= base.target.ancestors
            elif isinstance(base.target, str):
                found.add(base.target.rpartition(".")[2])
        return frozenset(found)

    def method(self, name: str) -> Function | None:
        """A method, its own or inherited."""
        if name in self.methods:
            return self.methods[name]
        inherited = (base.target.method(name) for base in self.bases if isinstance(base.target, Class))
        return next((method for method in inherited if method), None)

    def attribute(self, name: str) -> Facts:
        """What is known of an attribute."""
        if name in self.attributes:
            return self.attributes[name]
        for base in self.bases:
            if isinstance(base.target, Class):
                return base.target.attribute(name)
        return UNKNOWN


@dataclass(eq=False)
class Function:
    """A function, method or lambda of the program."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    module: Module
    scope: Scope
    owner: Class | None = None

    @property
    def name(self) -> str:
        """Its name."""
        return "<lambda>" if isinstance(self.node, ast.Lambda) else self.node.name

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All of its syntax, walked through once."""
        return list(ast.walk(self.node))

    @cached_property
    def tapes(self) -> bool:
        """Whether it takes gradients itself."""
        return any(isinstance(node, ast.Attribute) and node.attr == "GradientTape" for node in self.nodes)

    @cached_property
    def acts(self) -> bool:
        """Whether it changes variables or returns nothing: no loss does that."""
        nodes = self.nodes
        changes = any(
            isinstance(n, ast.Attribute) and n.attr in ("assign", "assign_sub", "apply_gradients") for n in nodes
        )
        returns = isinstance(self.node, ast.Lambda) or any(isinstance(n, ast.Return) and n.value for n in nodes)
        return changes or not (returns or (self.owner is not None and bool(self.owner.ancestors)))

    @cached_property
    def differentiates_itself(self) -> bool:
        """Whether it says itself what its gradient is."""
        decorators = getattr(self.node, "decorator_list", [])
        return any("custom_gradient" in ast.dump(decorator) for decorator in decorators)

    @cached_property
    def computed_with(self) -> frozenset[str]:
        """The names that are given to functions of modules: what `tf.square(x)` is called with is a tensor."""
        found: set[str] = set()
        for node in self.nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                root: ast.expr = node.func
                while isinstance(root, ast.Attribute):
                    root = root.value
                facts = self.scope.find(root.id) if isinstance(root, ast.Name) else UNKNOWN
                if facts.kind == "module" and str(facts.target).startswith(("tensorflow", "keras")):
                    for argument in node.args:
                        found |= {name.id for name in ast.walk(argument) if isinstance(name, ast.Name)}
        return frozenset(found)


def sibling(module: Module, dotted: str, level: int) -> Path | None:
    """The file beside a module that an import of it names, None where there is none."""
    folder = Path(module.path).parent
    for _ in range(max(level - 1, 0)):
        folder = folder.parent
    candidate = folder.joinpath(*dotted.split(".")).with_suffix(".py") if dotted else folder / "__init__.py"
    return candidate if candidate.is_file() else None
