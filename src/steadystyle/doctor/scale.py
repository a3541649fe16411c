"""Sums and Gram matrices that are not divided by their size: where, and the edit that divides them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, Edit
from steadystyle.doctor.observed import Place
from steadystyle.doctor.rewrite import Source, called, open_source, operand

HUGE = 1e4
"""Written factors from here on are taken for weights of a loss."""
PRODUCTS = {"matmul", "einsum", "tensordot"}


def sum_place(case: Case) -> Place | None:
    """The Gram matrix, or else the sum, that makes the loss large; None where neither is in the user's own code."""
    own = list(_own_nodes(case))
    gram = next((place for place, source, node in own if _is_gram(source, node)), None)
    return gram or next((place for place, _, node in own if called(node) == "reduce_sum"), None)


def normalising_edits(case: Case) -> Iterator[Edit]:
    """Every Gram matrix divided by the number of its features, every sum made a mean."""
    by_file: dict[str, tuple[Source, list[tuple[ast.AST, str]]]] = {}
    for _, source, node in _own_nodes(case):
        tf = source.name_of("tensorflow")
        changes = by_file.setdefault(source.file, (source, []))[1]
        if tf is None or any(known in (node, getattr(node, "func", node)) for known, _ in changes):
            continue
        if _is_gram(source, node):
            first = source.segment(_factor(node))  # type: ignore[arg-type]
            text = source.segment(node)
            changes.append((node, f"({text} / {tf}.cast({tf}.size({first}), {first}.dtype))"))
        elif called(node) == "reduce_sum" and isinstance(node, ast.Call) and not _inside_any(node, changes):
            changes.append((node.func, source.segment(node.func).replace("reduce_sum", "reduce_mean")))
    for source, changes in by_file.values():
        if changes:
            yield source.replaced("divide sums and Gram matrices by their size", *changes)
        factors = [(n, "1.0") for n in source.nodes(ast.Constant) if _is_huge(n) and not _inside_any(n, changes)]
        if factors:
            yield source.replaced("divide sums by their size, and use weights near 1", *changes, *factors)


def _is_huge(node: ast.AST) -> bool:
    value = node.value if isinstance(node, ast.Constant) else None
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= HUGE


def _inside_any(node: ast.AST, changes: list[tuple[ast.AST, str]]) -> bool:
    return any(node is inner for outer, _ in changes for inner in ast.walk(outer))


def _own_nodes(case: Case) -> Iterator[tuple[Place, Source, ast.AST]]:
    """The user's own sums and products of the forward pass, each file's from one reading of it."""
    opened: dict[str, Source | None] = {}
    for part in case.examined.parts:
        if part.place is None or part.op not in ("MatMul", "BatchMatMulV2", "Einsum", "Sum"):
            continue
        if part.place.file not in opened:
            opened[part.place.file] = open_source(case.watched.sources, part.place)
        source = opened[part.place.file]
        node = source.expression(part.place) if source else None
        if source is not None and node is not None and called(node) in {*PRODUCTS, "reduce_sum"}:
            yield part.place, source, node


def _factor(node: ast.AST) -> ast.AST | None:
    return operand(node, 1 if called(node) == "einsum" else 0)


def _is_gram(source: Source, node: ast.AST) -> bool:
    """Whether a product is of something with itself."""
    first, second = _factor(node), operand(node, 2 if called(node) == "einsum" else 1)
    if called(node) not in PRODUCTS or first is None or second is None:
        return False
    return source.segment(first) in source.segment(second) or source.segment(second) in source.segment(first)
