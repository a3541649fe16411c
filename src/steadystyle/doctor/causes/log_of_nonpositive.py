"""`log-of-nonpositive`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.lineage import argument, count, maker
from steadystyle.doctor.rewrite import called, guard_operand, rewrite

STABLE = {"softmax": "log_softmax", "sigmoid": "log_sigmoid"}


class LogOfNonpositive(CauseRule):
    """A logarithm whose argument is 0 or less, and where that argument was made."""

    def examine(self, case: Case) -> Diagnosis | None:
        origin = case.origin
        if origin is None:
            return None
        if origin.numpy and ".log" in (origin.place.code if origin.place else ""):
            return Diagnosis(
                0.985, (f"numpy reported '{origin.numpy}' on this line, before TensorFlow saw the result",)
            )
        operand = argument(origin)
        if origin.forward_op not in ("Log", "Log1p", "Xlogy") or operand is None:
            return None
        values, shift = operand.values, 1 if origin.forward_op == "Log1p" else 0
        if values.size and values.smallest + shift > 0:
            return None
        bad = values.negatives + (values.zeros if not shift else 0)
        evidence = [
            f"the argument of the logarithm is not positive {count(values, bad)}; its smallest is {values.smallest:.3g}"
        ]
        made = maker(operand)
        if made and made.place:
            evidence.append(f"it was made by {made.op}, line {made.place.line}: {made.place.code}")
        return Diagnosis(0.9, tuple(evidence))

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Compute from logits where there are some; else keep the argument above a small positive number."""
        origin = case.origin
        if origin and origin.numpy:
            floor = "{np}.maximum({x}, 1e-7)"
            yield from guard_operand(case.watched.sources, origin.place, 0, floor, "keep the argument above 1e-7")
        operand = argument(origin) if origin else None
        if origin is None or operand is None:
            return
        yield from rewrite(case.watched.sources, origin.place, _from_logits, "compute the logarithm from the logits")
        epsilon = "1e-4" if operand.values.half else "1e-7"
        floor = f"{{tf}}.maximum({{x}}, {epsilon})"
        if origin.forward_op == "Log1p":
            floor = f"{{tf}}.maximum({{x}}, -1 + {'1e-3' if operand.values.half else '1e-6'})"
        index = 1 if origin.forward_op == "Xlogy" else 0
        yield from guard_operand(
            case.watched.sources, origin.place, index, floor, "keep the argument above a small positive number"
        )


def _from_logits(source, node):  # type: ignore[no-untyped-def]
    """log(softmax(x)) and log(sigmoid(x)) in one."""
    if called(node) != "log" or len(node.args) != 1 or called(node.args[0]) not in STABLE:
        return None
    tf, inner = source.name_of("tensorflow"), node.args[0]
    name = STABLE[called(inner)]
    arguments = ", ".join(source.segment(part) for part in [*inner.args, *inner.keywords])
    return node, f"{tf}.{'nn' if name == 'log_softmax' else 'math'}.{name}({arguments})"
