"""`integer-overflow`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.observed import Ancestor
from steadystyle.doctor.rewrite import open_source

WHOLE = {"int32", "int64", "int16", "int8", "uint8", "uint16"}


class IntegerOverflow(CauseRule):
    """A product of whole numbers, all of them positive, that is not."""

    def examine(self, case: Case) -> Diagnosis | None:
        found = _wrapped(case)
        if found is None:
            return None
        where = f", line {found.place.line}: {found.place.code}" if found.place else ""
        factors = " and ".join(f"{v.largest:.0f}" for v in found.inputs)
        evidence = f"{found.op} of {factors} in {found.output.dtype} gave {found.output.smallest:.0f}{where}"
        return Diagnosis(0.98, (evidence,), found.place)

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Cast each factor to float32 before multiplying."""
        source = open_source(case.watched.sources, diagnosis.place)
        if source is None or diagnosis.place is None or source.name_of("tensorflow") is None:
            return
        tf = source.name_of("tensorflow")
        line = diagnosis.place.line
        products = [n for n in source.nodes(ast.BinOp) if n.lineno <= line <= (n.end_lineno or 0)]  # type: ignore[attr-defined]
        products = [n for n in products if isinstance(n.op, (ast.Mult, ast.Pow))]  # type: ignore[attr-defined]
        if not products:
            return
        outer = max(products, key=lambda n: len(source.segment(n)))
        leaves = list(_leaves(outer))
        changes = [(leaf, f"{tf}.cast({source.segment(leaf)}, {tf}.float32)") for leaf in leaves]
        yield source.replaced("cast to float32 before multiplying", *changes)


def _leaves(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp):
        yield from _leaves(node.left)
        if not isinstance(node.op, ast.Pow):
            yield from _leaves(node.right)
    elif not isinstance(node, ast.Constant):
        yield node


def _wrapped(case: Case) -> Ancestor | None:
    origin = case.origin
    found = None
    for operand in origin.inputs if origin else ():
        for one in operand.ancestors:
            if (
                one.output.dtype not in WHOLE
                or not one.inputs
                or one.op not in ("Mul", "Prod", "Square", "Pow", "AddV2")
            ):
                continue
            if one.output.smallest <= 0 and all(v.smallest > 0 for v in one.inputs[: 1 if one.op == "Prod" else 2]):
                found = one  # the deepest is where it began
            elif one.output.smallest < 0 and all(v.smallest >= 0 for v in one.inputs):
                found = one
    return found
