"""Edits that leave float16."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, Edit
from steadystyle.doctor.observed import Place
from steadystyle.doctor.rewrite import open_source, span_of

TINY = 1e-6


def float32_edits(case: Case) -> Iterator[Edit]:
    """float32 wherever the file says float16."""
    for file, text in case.watched.sources.items():
        if "float16" in text:
            new = text.replace("mixed_float16", "float32").replace("bfloat16", "\0").replace("float16", "float32")
            line = next(i for i, row in enumerate(text.splitlines(), 1) if "float16" in row)
            new = new.replace("\0", "bfloat16")
            yield Edit("compute in float32", os.path.abspath(file), new, text, line, new.splitlines()[line - 1].strip())


def larger_epsilon_edits(case: Case, place: Place | None) -> Iterator[Edit]:
    """The tiny constant of a line, or the one that a name on it stands for, large enough for float16."""
    source = open_source(case.watched.sources, place)
    if source is None or place is None:
        return
    names = {n.id for n in ast.walk(source.tree) if isinstance(n, ast.Name) and n.lineno == place.line}
    tiny = []
    for node in source.nodes(ast.Assign, ast.Constant):
        if isinstance(node, ast.Assign):
            target, value = node.targets[0], node.value
            if not (isinstance(target, ast.Name) and target.id in names and isinstance(value, ast.Constant)):
                continue
            node = value
        elif span_of(node)[0] != place.line:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, float) and 0 < node.value < TINY:
            tiny.append(node)
    if tiny:
        yield source.replaced("take an epsilon that float16 can hold", *((node, "1e-3") for node in tiny))
