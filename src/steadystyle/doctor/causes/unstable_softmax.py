"""`unstable-softmax`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.lineage import argument, denominator, made_by
from steadystyle.doctor.rewrite import guard_operand

LOGS = {"Log", "Log1p"}


class UnstableSoftmax(CauseRule):
    """An exponential on its way into a sum and a quotient or logarithm: a softmax or log-sum-exp by hand."""

    def examine(self, case: Case) -> Diagnosis | None:
        origin = case.origin
        if origin is None or not origin.inputs:
            return None
        if origin.forward_op == "Exp" and origin.output.bad:
            sums = "Sum" in origin.feeds or "AddV2" in origin.feeds
            ends = {"RealDiv", "Reciprocal"} & set(origin.feeds) if sums else set()
            ends |= LOGS & set(origin.feeds)
            if ends:
                largest, after = origin.inputs[0].values.largest, ", ".join(sorted(ends))
                return Diagnosis(0.95, (f"exp of up to {largest:.4g} overflows, on its way into a sum and {after}",))
        below = denominator(origin)
        if below and below.values.zeros and made_by(below, ("Exp",), 4) and made_by(below, ("Sum",), 3):
            return Diagnosis(0.95, ("every exponential under the sum rounded to 0",))
        operand = argument(origin)
        if origin.forward_op in LOGS and operand and operand.values.zeros:
            if made_by(operand, ("Exp",), 5) and made_by(operand, ("Sum",), 5):
                return Diagnosis(
                    0.94, ("the logarithm of a softmax written by hand, some of whose shares rounded to 0",)
                )
            if made_by(operand, ("Softmax", "Sigmoid"), 0):
                return Diagnosis(0.85, ("the logarithm of a softmax or sigmoid that rounded to 0",))
        return None

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Subtract the largest logit before the exponential; else keep arguments and sums away from 0."""
        origin = case.origin
        if origin is None:
            return
        sources = case.watched.sources
        if origin.forward_op == "Exp":
            shifted = "{x} - {tf}.reduce_max({x}, axis=-1, keepdims=True)"
            if "Sum" in origin.feeds and "RealDiv" in origin.feeds:
                yield from guard_operand(
                    sources, origin.place, 0, shifted, "subtract the largest logit before exp; tf.nn.softmax does so"
                )
            yield from guard_operand(sources, origin.place, 0, "{tf}.minimum({x}, 30.0)", "limit the argument of exp")
        elif origin.forward_op in LOGS:
            yield from guard_operand(
                sources, origin.place, 0, "{tf}.maximum({x}, 1e-7)", "keep the argument above a small positive number"
            )
        else:
            yield from guard_operand(
                sources, origin.place, 1, "{tf}.maximum({x}, 1e-7)", "keep the sum above a small positive number"
            )
