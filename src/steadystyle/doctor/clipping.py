"""The edit that clips a gradient where the script asks for it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, Edit
from steadystyle.doctor.rewrite import Source, called, rewrite


def clipping_edits(case: Case) -> Iterator[Edit]:
    """Each gradient clipped to a norm of 1, with 0 in place of what is not finite: `clip_by_norm` alone spreads it."""
    sighting = case.examined.sighting
    if sighting is not None:
        summary = "clip the gradient, with 0 in place of what is not finite"
        yield from rewrite(case.watched.sources, sighting.place, _clipped, summary)


def _clipped(source: Source, node: ast.AST) -> tuple[ast.AST, str] | None:
    tf = source.name_of("tensorflow")
    if called(node) != "gradient" or tf is None:
        return None
    finite = f"{tf}.where({tf}.math.is_finite(g), g, {tf}.zeros_like(g))"
    clipped = f"lambda g: g if g is None else {tf}.clip_by_norm({finite}, 1.0)"
    return node, f"{tf}.nest.map_structure({clipped}, {source.segment(node)})"
