"""Small edits of the user's source, by the exact place of an expression: what an experiment runs and a fix shows."""

from __future__ import annotations

import ast
import difflib
import os
from collections.abc import Callable, Iterator, Mapping

from steadystyle.doctor.contracts import Edit
from steadystyle.doctor.observed import Place

Span = tuple[int, int, int, int]


class Source:
    """One file of the user's: its text and its syntax."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.text = file, text
        self._lines = text.encode().splitlines(keepends=True)
        self.tree = ast.parse(text)

    def name_of(self, module: str) -> str | None:
        """What the file calls a module that it imports, `tf` for tensorflow."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name == module:
                        return alias.asname or alias.name
        return None

    def nodes(self, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
        """All nodes of these kinds."""
        return (node for node in ast.walk(self.tree) if isinstance(node, kinds))

    def expression(self, place: Place) -> ast.AST | None:
        """The call or operator that stands at a place; the innermost of its line where the span is not exact."""
        kinds = (ast.Call, ast.BinOp, ast.UnaryOp, ast.AugAssign, ast.Subscript)
        candidates = list(self.nodes(*kinds))
        for node in candidates:
            if place.span and span_of(node) == place.span:
                return node
        if place.span:
            inside = [n for n in candidates if _covers(span_of(n), place.span)]
            if inside:
                return min(inside, key=lambda n: len(self.segment(n)))
        return None

    def place_of(self, node: ast.AST, function: str = "<module>") -> Place:
        """The line on which a node begins."""
        line = span_of(node)[0]
        return Place(self.file, line, function, self.text.splitlines()[line - 1].strip())

    def segment(self, node: ast.AST) -> str:
        """The text of a node."""
        start, end = self._offsets(span_of(node))
        return self.text.encode()[start:end].decode()

    def replaced(self, summary: str, *changes: tuple[ast.AST, str]) -> Edit:
        """The file with the text of some nodes replaced."""
        raw = self.text.encode()
        for node, new in sorted(changes, key=lambda change: span_of(change[0]), reverse=True):
            start, end = self._offsets(span_of(node))
            raw = raw[:start] + new.encode() + raw[end:]
        text = raw.decode()
        line = min(span_of(node)[0] for node, _ in changes)
        return Edit(summary, self.file, text, self.text, line, text.splitlines()[line - 1].strip())

    def with_line_before(self, summary: str, node: ast.AST, new: str) -> Edit | None:
        """The file with a new line before the statement that a node belongs to; None where that shares its line."""
        around = [n for n in self.nodes(ast.stmt) if _covers(span_of(n), span_of(node))]
        if not around:
            return None
        line, column, _, _ = max(map(span_of, around))
        lines = self.text.splitlines(keepends=True)
        indentation = lines[line - 1][:column]
        if indentation.strip():
            return None
        text = "".join([*lines[: line - 1], f"{indentation}{new}\n", *lines[line - 1 :]])
        return Edit(summary, self.file, text, self.text, line, new)

    def _offsets(self, span: Span) -> tuple[int, int]:
        before = sum(map(len, self._lines[: span[0] - 1]))
        until = sum(map(len, self._lines[: span[2] - 1]))
        return before + span[1], until + span[3]


def span_of(node: ast.AST) -> Span:
    """(first line, first column, last line, last column) in bytes, as Python's code objects have it."""
    return (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]


def _covers(outer: Span, inner: Span) -> bool:
    return outer[:2] <= inner[:2] and inner[2:] <= outer[2:]


def called(node: ast.AST | None) -> str:
    """The last part of the name of what a call calls."""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def operand(node: ast.AST | None, index: int) -> ast.AST | None:
    """The expression of an operation's operand: of a call, or of an operator."""
    if isinstance(node, ast.BinOp):
        return node.left if index == 0 else node.right
    if isinstance(node, ast.AugAssign):
        return node.target if index == 0 else node.value
    if isinstance(node, ast.Call):
        if index < len(node.args):
            return node.args[index]
        if not node.args and isinstance(node.func, ast.Attribute) and not node.keywords:
            return node.func.value
        return node.keywords[index].value if index < len(node.keywords) else None
    return None


def open_source(sources: Mapping[str, str], place: Place | None) -> Source | None:
    """The file of a place, None where it cannot be read."""
    text = sources.get(os.path.abspath(place.file)) if place else None
    if place is None or text is None:
        return None
    try:
        return Source(os.path.abspath(place.file), text)
    except (SyntaxError, ValueError):
        return None


def guard_operand(
    sources: Mapping[str, str], place: Place | None, index: int, template: str, summary: str
) -> Iterator[Edit]:
    """The operand of the expression at a place, put into `template`, whose {x} it is and whose {tf} TensorFlow is."""
    source = open_source(sources, place)
    node = source.expression(place) if source and place else None
    first = _guarded(source, node, index, template) if source and node else None
    if source is None or node is None or first is None or _library(source) is None:
        return
    yield source.replaced(summary, first)
    alike = list(_alike(source, node))
    outer = [n for n in alike if not any(n is inner for other in alike if other is not n for inner in ast.walk(other))]
    changes = [change for n in outer if (change := _guarded(source, n, index, template))]
    if len(changes) > 1:
        kind = called(node) or "such operator"
        yield source.replaced(f"{summary}, at every {kind} of the {'file' if called(node) else 'function'}", *changes)


def _alike(source: Source, node: ast.AST) -> Iterator[ast.AST]:
    """The same call anywhere in the file; the same operator in the same function."""
    if called(node):
        yield from (n for n in source.nodes(ast.Call) if called(n) == called(node))
    elif isinstance(node, ast.BinOp):
        functions = [n for n in source.nodes(ast.FunctionDef) if _covers(span_of(n), span_of(node))]
        around = max(functions, key=span_of, default=source.tree)
        for other in ast.walk(around):
            if isinstance(other, ast.BinOp) and isinstance(other.op, type(node.op)):
                yield other


KERAS = {"clip_by_value": "clip", "math.is_finite": "isfinite", "reduce_max": "max", "reduce_sum": "sum"}


def _library(source: Source) -> str | None:
    """What the file has to compute with, TensorFlow or Keras."""
    return source.name_of("tensorflow") or source.name_of("keras") or source.name_of("numpy")


def filled(template: str, source: Source, x: str) -> str:
    """A template with its operand, in the words of the library that the file imports."""
    tensorflow = source.name_of("tensorflow")
    if tensorflow is None:
        for name, other in KERAS.items():
            template = template.replace("{tf}." + name, "{tf}." + other)
    return template.format(x=x, tf=tensorflow or f"{source.name_of('keras')}.ops", np=source.name_of("numpy"))


def _guarded(source: Source, node: ast.AST, index: int, template: str) -> tuple[ast.AST, str] | None:
    found = operand(node, index)
    if found is None:
        return None
    return found, filled(template, source, source.segment(found))


def rewrite(
    sources: Mapping[str, str],
    place: Place | None,
    change: Callable[[Source, ast.AST], tuple[ast.AST, str] | None],
    summary: str,
) -> Iterator[Edit]:
    """The edit that `change` makes of the expression at a place, if it makes one."""
    source = open_source(sources, place)
    if source is None or place is None or _library(source) is None:
        return
    node = source.expression(place)
    made = None if node is None else change(source, node)
    if made is not None:
        yield source.replaced(summary, made)


def diff(edit: Edit, directory: str) -> str:
    """An edit as a unified diff, with paths relative to a directory."""
    name = os.path.relpath(edit.file, directory)
    lines = difflib.unified_diff(
        edit.before.splitlines(keepends=True), edit.text.splitlines(keepends=True), f"a/{name}", f"b/{name}", n=1
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
