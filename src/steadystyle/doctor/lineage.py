"""Questions about where an operand came from, shared by the causes."""

from __future__ import annotations

from collections.abc import Iterable

from steadystyle.doctor.contracts import Case
from steadystyle.doctor.observed import Ancestor, Operand, Origin, Values

SAME = {
    *("Reshape", "Identity", "Squeeze", "ExpandDims", "Transpose", "StridedSlice", "Cast", "StopGradient", "Slice"),
    *("GatherV2", "ConcatV2", "Pack", "Unpack", "BroadcastTo", "Tile", "ReadVariableOp", "Split", "GatherNd"),
    *("MatrixDiagPartV3", "MatrixBandPart"),
}
"""Operations that only move numbers."""
PRODUCTS = {"Conv2D", "MatMul", "BatchMatMulV2", "Einsum", "DepthwiseConv2dNative", "Conv3D", "Conv2DBackpropInput"}
GENERIC = PRODUCTS | {
    *("Mul", "Square", "Sum", "Mean", "AddV2", "Add", "Sub", "AddN", "BiasAdd", "SquaredDifference", "Cube", "Prod"),
    *("Cumsum", "Cumprod", "L2Loss", "Relu", "Elu", "Selu", "AvgPool", "MaxPool", "Neg", "Mish", "Tile"),
    *("ResourceScatterAdd", "AssignSubVariableOp", "AssignAddVariableOp", "Conv2DBackpropFilter", "Softplus"),
    *("UnsortedSegmentSum", "BiasAddGrad", "FusedBatchNormV3", "ReluGrad", "Polyval", "Cast", "ConcatV2"),
}
"""Operations that give a bad value from finite ones only by overflow."""
DIVISIONS = {"RealDiv", "Div", "Reciprocal", "Inv", "Xdivy", "FloorMod", "FloorDiv", "Mod", "TruncateDiv"}
EIGEN = {"SelfAdjointEigV2", "Eig", "Svd"}
EXPONENTIALS = {"Exp", "Expm1", "Sinh", "Cosh"}
LARGE = 1e8
"""Operands beyond this are on their way to overflow."""


def denominator(origin: Origin) -> Operand | None:
    """The operand that an operation divides by."""
    if origin.forward_op not in DIVISIONS | {"Rsqrt"} or not origin.inputs:
        return None
    return origin.inputs[0] if origin.forward_op in ("Reciprocal", "Inv", "Rsqrt") else origin.inputs[-1]


def argument(origin: Origin) -> Operand | None:
    """The operand that decides whether an operation is inside its domain."""
    if not origin.inputs:
        return None
    return origin.inputs[1] if origin.forward_op in ("Xlogy", "Xdivy") and len(origin.inputs) > 1 else origin.inputs[0]


def made_by(operand: Operand | None, ops: Iterable[str], depth: int = 60) -> Ancestor | None:
    """The nearest operation of these among those that made an operand."""
    wanted = set(ops)
    if operand is None:
        return None
    return next((a for a in operand.ancestors if a.op in wanted and a.depth <= depth), None)


def maker(operand: Operand | None) -> Ancestor | None:
    """The nearest operation that did more than move the numbers."""
    if operand is None:
        return None
    return next((a for a in operand.ancestors if a.op not in SAME), None)


def overflowed(case: Case) -> Origin | None:
    """The origin, where it is an ordinary operation that overflowed in float32."""
    origin = case.origin
    if origin is None or origin.leaf or origin.output.half:
        return None
    if origin.forward_op in GENERIC or (origin.forward_op == "Pow" and largest_input(origin) > LARGE):
        return origin
    if origin.forward_op in DIVISIONS and largest_input(origin) > 1e30:
        return origin
    return None


def too_large(case: Case) -> bool:
    """Whether it was size that did it: by growth, by overflow, or of pixels that ended in an exponential."""
    return overflowed(case) is not None or grew(case) or pixels_in_exponential(case)


def pixels_in_exponential(case: Case) -> bool:
    """Whether an exponential overflowed in a network that is given pixels from 0 to 255."""
    origin, entering = case.origin, case.examined.network_input
    if origin is None or origin.leaf or origin.forward_op not in EXPONENTIALS or entering is None:
        return False
    return entering.values.smallest >= 0 and 100 <= entering.values.largest <= 256


def largest_input(origin: Origin) -> float:
    """The largest magnitude among the operands."""
    return max((operand.values.magnitude for operand in origin.inputs), default=0.0)


def count(values: Values, number: int) -> str:
    """'3 of 512 places'; a single value has no places."""
    return f"in {number} of {values.size} places" if values.size > 1 else "(a single value)"


def growth(losses: list[float]) -> int:
    """Steps in a row, until the bad one, over which the loss at least doubled."""
    finite = [abs(loss) for loss in losses if abs(loss) < float("inf")]
    steps = 0
    for before, after in zip(reversed(finite[:-1]), reversed(finite[1:]), strict=True):
        if not after > 2 * before:
            break
        steps += 1
    return steps


def grew(case: Case) -> bool:
    """Whether there was clear exponential growth before the bad step."""
    return any(_clear(series) for series in (case.losses, case.watched.gradients))


def _clear(series: list[float]) -> bool:
    finite = [abs(value) for value in series if abs(value) < float("inf")]
    steps = growth(series)
    before = max(finite[: len(finite) - steps], default=0.0)  # a loss near 0 doubles at every whim
    return steps >= 2 and finite[-1] > 10 * max(before, 1e-12)


def history(losses: list[float]) -> str:
    """The last losses in words."""
    shown = losses[-6:]
    first = f"the loss was {losses[0]:.3g} at step 0; " if len(losses) > 6 else ""
    return f"{first}loss by step: {', '.join(f'{loss:.3g}' for loss in shown)}"
