"""The values that move between the rooms of the linter, and the contract of a rule."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from steadystyle.doctor.lint.facts import UNKNOWN, Facts, Site, Trace
from steadystyle.doctor.lint.text import Span, Text


@dataclass(frozen=True)
class Change:
    """The text of one piece of source replaced; `span` counts columns in bytes, `region` in characters."""

    span: Span
    new: str
    region: Span


@dataclass(frozen=True)
class Fix:
    """What to write instead; a safe one changes no result that was right, and `--fix` makes it."""

    summary: str
    changes: tuple[Change, ...] = ()
    safe: bool = False


@dataclass(frozen=True)
class Finding:
    """One fault of the source."""

    rule: str
    cause: str
    also: tuple[str, ...]
    """Other causes that the same fault is known by."""
    path: str
    region: Span
    """First line and column, last line and column, in characters; lines from 1, columns from 0."""
    function: str
    code: str
    message: str
    fix: Fix | None = None

    @property
    def line(self) -> int:
        """The first line, from 1."""
        return self.region[0]

    @property
    def column(self) -> int:
        """The first column, from 1."""
        return self.region[1] + 1


@dataclass(frozen=True)
class Context:
    """Where an operation is done.

    Attributes:
        function: name of the function, `<module>` outside.
        purpose: "gradient" where a gradient is taken of it, "data" where data are made ready, "metric" where only a
            quality is told, "shown" where a number is shown to people, "tested" in the test of an if or while,
            "schedule" for a learning rate, else "".
        compiled: whether XLA is asked for somewhere in the program.
        half: whether layers compute in float16.
        checked: whether it is only done after a test that something is finite.
    """

    function: str = "<module>"
    purpose: str = ""
    compiled: bool = False
    half: bool = False
    checked: bool = False

    @property
    def differentiated(self) -> bool:
        """Whether a gradient is taken of it."""
        return self.purpose == "gradient"


@dataclass(frozen=True)
class Operation:
    """One operation of the program with what is known of its operands and of its result.

    Operators, functions and methods of all libraries go by one name each: `a / b`, `tf.divide(a, b)` are "divide".
    """

    name: str
    node: ast.AST
    operands: tuple[ast.expr, ...]
    facts: tuple[Facts, ...]
    keywords: Mapping[str, tuple[ast.expr, Facts]]
    result: Facts
    context: Context
    site: Site
    spelled: Mapping[str, str]
    """How the file spells the libraries: {"tensorflow": "tf", "keras": "keras"}."""
    words: frozenset[str] = frozenset()
    """Every name of the file: evidence that it does a thing somewhere."""

    def operand(self, index: int, name: str = "") -> ast.expr | None:
        """The expression of an argument, by position or name."""
        if index < len(self.operands):
            return self.operands[index]
        return self.keywords[name][0] if name in self.keywords else None

    def fact(self, index: int, name: str = "") -> Facts:
        """What is known of an argument, by position or name."""
        if index < len(self.facts):
            return self.facts[index]
        return self.keywords[name][1] if name in self.keywords else UNKNOWN

    @property
    def text(self) -> Text:
        """The file's text."""
        return self.site.text

    @property
    def trace(self) -> Trace:
        """Itself, as what was computed through it remembers it."""
        return Trace(self.name, self.node, self.site)

    def source(self, node: ast.AST | None) -> str:
        """The text of a part of it."""
        return "" if node is None else self.text.of(node)

    @property
    def numeric(self) -> bool:
        """Whether TensorFlow computes it."""
        return self.result.numeric or any(facts.numeric for facts in self.facts)

    @property
    def half(self) -> bool:
        """Whether it is computed in float16."""
        return self.result.half or any(facts.half for facts in self.facts)

    def spell(self, tensorflow: str, keras: str = "") -> str | None:
        """A function as the file can call it: by TensorFlow's name, else by that of `keras.ops`."""
        if "tensorflow" in self.spelled:
            return f"{self.spelled['tensorflow']}.{tensorflow}"
        if keras and "keras.ops" in self.spelled:
            return f"{self.spelled['keras.ops']}.{keras}"
        return f"{self.spelled['keras']}.ops.{keras}" if keras and "keras" in self.spelled else None


@dataclass(frozen=True)
class Fault:
    """What a rule objects to.

    Attributes:
        message: one line: what is wrong here, and what comes of it.
        at: where, unless it is the operation itself.
        fix: what to write instead.
        cause, also: where they are not the rule's own.
        instead_of: operations that need not be reported any more, as this says what is wrong with them.
    """

    message: str
    at: Trace | None = None
    fix: Fix | None = None
    cause: str = ""
    also: tuple[str, ...] | None = None
    instead_of: frozenset[Trace] = frozenset()


class Rule(ABC):
    """One kind of fault that can be seen in the source.

    `why` says in a sentence or two what happens in the numbers; the examples are whole programs, and in `bad` the
    faulty line ends with `# <- here`.
    """

    cause: ClassVar[str]
    also: ClassVar[tuple[str, ...]] = ()
    title: ClassVar[str]
    why: ClassVar[str]
    bad: ClassVar[str]
    good: ClassVar[str]
    operations: ClassVar[frozenset[str]]
    """The operations that it is shown."""

    @abstractmethod
    def look(self, operation: Operation) -> Iterator[Fault]:
        """What is wrong with an operation. No side effects."""

    def excuses(self, operation: Operation) -> Iterator[Trace]:
        """Operations that do no harm, as this one takes care of them. No side effects."""
        yield from ()


def replaced(operation: Operation, summary: str, node: ast.AST | None, new: str | None, safe: bool = False) -> Fix:
    """A fix that replaces the text of one node; without the text where it cannot be written in this file."""
    if node is None or new is None:
        return Fix(summary)
    change = Change(operation.text.span(node), new, operation.text.region(node))
    return Fix(summary, (change,), safe)
