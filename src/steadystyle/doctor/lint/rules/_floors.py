"""Fixes that several rules propose: an operand kept above a floor."""

from __future__ import annotations

import ast

from steadystyle.doctor.lint.contracts import Fix, Operation, replaced

FLOOR, FLOOR_IN_HALF = "1e-7", "1e-3"
FLOOR_UNDER_ROOT, FLOOR_UNDER_ROOT_IN_HALF = "1e-12", "1e-3"


def floored(operation: Operation, node: ast.expr | None, floor: str, safe: bool = True) -> Fix:
    """`node` kept above a floor: changes nothing where it was above it."""
    maximum = operation.spell("maximum", "maximum")
    summary = f"keep it above a floor: {maximum or 'tf.maximum'}({shortened(operation.source(node))}, {floor})"
    return replaced(operation, summary, node, maximum and f"{maximum}({operation.source(node)}, {floor})", safe)


def shortened(text: str, width: int = 48) -> str:
    """A piece of source on one line, not too long."""
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: width - 3]}..."
