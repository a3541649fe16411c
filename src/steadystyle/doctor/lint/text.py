"""The text of a program by the places that its syntax tree names."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Protocol

Span = tuple[int, int, int, int]


class Replacement(Protocol):
    """A span and what to write there."""

    @property
    def span(self) -> Span:
        """First line, first column, last line, last column, in bytes of UTF-8."""

    @property
    def new(self) -> str:
        """What to write."""


class Text:
    """A program's text, by lines and columns as `ast` counts them: columns are bytes of UTF-8."""

    def __init__(self, text: str) -> None:
        self.text = text
        # Of bytes, only \n, \r\n and \r end a line, as they do for Python; str.splitlines knows more.
        self._lines = text.encode().splitlines(keepends=True)

    def span(self, node: ast.AST) -> Span:
        """Where a node is."""
        return (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def region(self, node: ast.AST) -> Span:
        """Where a node is, with columns in characters."""
        first, left, last, right = self.span(node)
        return (first, self._characters(first, left), last, self._characters(last, right))

    def of(self, node: ast.AST) -> str:
        """The text of a node."""
        first, left, last, right = self.span(node)
        if first == last:
            return self._lines[first - 1][left:right].decode()
        lines = self._lines[first - 1 : last]
        return b"".join([lines[0][left:], *lines[1:-1], lines[-1][:right]]).decode()

    def line(self, number: int) -> str:
        """A line without its ending and indentation."""
        return self._lines[number - 1].decode().strip() if 0 < number <= len(self._lines) else ""

    def with_changes(self, changes: Iterable[Replacement]) -> str:
        """The text with replacements that do not overlap."""
        raw = b"".join(self._lines)
        for change in sorted(changes, key=lambda change: change.span, reverse=True):
            first, left, last, right = change.span
            raw = raw[: self._offset(first, left)] + change.new.encode() + raw[self._offset(last, right) :]
        return raw.decode()

    def _characters(self, line: int, column: int) -> int:
        return len(self._lines[line - 1][:column].decode())

    def _offset(self, line: int, column: int) -> int:
        return sum(map(len, self._lines[: line - 1])) + column
