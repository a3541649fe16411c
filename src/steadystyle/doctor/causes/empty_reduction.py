"""`empty-reduction`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.rewrite import Source, called, guard_operand, rewrite

REDUCTIONS = {"Mean", "Max", "Min", "Prod", "Sum", "SquaredDifference", "RealDiv"}


class EmptyReduction(CauseRule):
    """A mean, or a quotient by a count, over a tensor that holds nothing."""

    def examine(self, case: Case) -> Diagnosis | None:
        origin = case.origin
        if origin is None:
            return None
        if origin.numpy and "mean" in (origin.place.code if origin.place else ""):
            return Diagnosis(0.97, ("numpy took a mean of an empty array on this line",))
        if origin.forward_op not in REDUCTIONS:
            return None
        if any(operand.values.size == 0 and operand.values.shape for operand in origin.inputs):
            return Diagnosis(
                0.97, (f"{origin.forward_op} was taken over a tensor of shape {origin.inputs[0].values.shape}",)
            )
        if origin.forward_op != "RealDiv" or origin.inputs[1].values.zeros == 0:
            return None
        empty = [a for operand in origin.inputs for a in operand.ancestors if a.depth <= 6]
        shapes = [
            v.shape
            for a in empty
            for v in (a.output, *a.inputs)
            if v.size == 0 and v.shape and v.dtype.startswith("float")
        ]
        if not shapes or not any(0 in shape for shape in shapes):
            return None
        return Diagnosis(0.95, (f"a tensor of shape {next(s for s in shapes if 0 in s)} was divided by its size, 0",))

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Divide the sum by a count of at least 1."""
        if case.origin is None:
            return
        summary = "divide the sum by a count that is at least 1"
        yield from rewrite(case.watched.sources, case.origin.place, _sum_by_count, summary)
        floor = "{tf}.maximum({x}, 1)"
        yield from guard_operand(case.watched.sources, case.origin.place, 1, floor, summary)


def _sum_by_count(source: Source, node):  # type: ignore[no-untyped-def]
    if called(node) != "reduce_mean" or not node.args:
        return None
    tf, x = source.name_of("tensorflow"), source.segment(node.args[0])
    rest = "".join(f", {source.segment(part)}" for part in [*node.args[1:], *node.keywords])
    ones = f"{tf}.reduce_sum({tf}.ones_like({x}){rest})"
    return node, f"({tf}.reduce_sum({x}{rest}) / {tf}.maximum({ones}, 1))"
