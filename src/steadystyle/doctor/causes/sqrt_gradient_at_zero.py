"""`sqrt-gradient-at-zero`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.lineage import count
from steadystyle.doctor.rewrite import Source, called, guard_operand, operand, rewrite

ROOTS = {"Sqrt", "Rsqrt", "EuclideanNorm", "ComplexAbs"}


class SqrtGradientAtZero(CauseRule):
    """Going forward all is finite; going back, the slope of a root, a norm or a deviation at 0 is not."""

    def examine(self, case: Case) -> Diagnosis | None:
        origin = case.origin
        if origin is None and case.watched.compiled:
            suspect = next((s for s in case.examined.suspects if s.forward_op in ROOTS), None)
            if suspect:
                evidence = "not compiled, the slope is guarded; under XLA 0 / 0 remains: the root is of exactly 0"
                return Diagnosis(0.9, (evidence,), suspect.place)
        if origin is None or origin.direction != "backward" or origin.forward_op not in ROOTS or not origin.inputs:
            return None
        values = origin.inputs[0].values
        if not (values.zeros or origin.output.zeros or abs(values.smallest) < 1e-30):
            return None
        return Diagnosis(
            0.92,
            (f"the root is of 0 {count(values, values.zeros)}: its value is finite there, its slope infinite",),
        )

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Take the root of no less than a small positive number; write a norm or a deviation as that root."""
        place = diagnosis.place or (case.origin.place if case.origin else None)
        summary = "take the root of no less than a small positive number"
        yield from rewrite(case.watched.sources, place, _spelt_out, summary)
        yield from guard_operand(case.watched.sources, place, 0, "{tf}.maximum({x}, 1e-12)", summary)


def _spelt_out(source: Source, node):  # type: ignore[no-untyped-def]
    """A norm or a deviation as the root that it is, with an epsilon inside."""
    name, x = called(node), operand(node, 0)
    if x is None or name not in ("norm", "reduce_std", "reduce_euclidean_norm"):
        return None
    tf, given = source.name_of("tensorflow"), source.segment(x)
    rest = "".join(f", {source.segment(part)}" for part in node.keywords if part.arg in ("axis", "keepdims"))
    if name == "reduce_std" or name == "reduce_euclidean_norm":
        rest = "".join(f", {source.segment(part)}" for part in node.args[1:]) + rest
    inner = (
        f"{tf}.math.reduce_variance({given}{rest})"
        if name == "reduce_std"
        else f"{tf}.reduce_sum({tf}.square({given}){rest})"
    )
    return node, f"{tf}.sqrt({inner} + 1e-12)"
