"""Where an operation has no finite value, or no finite gradient: the edges that operands have to be kept away from."""

from __future__ import annotations

from steadystyle.doctor.lint.facts import Facts

ROOTS = frozenset({"sqrt", "norm", "std", "rsqrt"})
LOGARITHMS = frozenset({"log", "log1p"})
EDGED = ROOTS | LOGARITHMS | {"pow", "divide", "reciprocal", "acos", "asin", "exp"}
"""What leaves a trace in its result where its operand is not kept away from the edge."""

REACHES_ZERO = (
    "sum",
    "mean",
    "norm",
    "std",
    "variance",
    "spread",
    "relu",
    "abs",
    "max",
    "count",
    "counter",
    "difference",
    "zeroed",
    "zero-start",
)
"""Where a denominator comes from that is 0 for an empty mask, a flat picture, a zero vector."""

LARGEST_EXPONENT, LARGEST_EXPONENT_IN_HALF = 88.7, 11.09


def may_be_zero(denominator: Facts) -> bool:
    """Whether a denominator is 0 for data that do occur; of what nothing is known, nothing is said."""
    if (
        not (denominator.numeric or denominator.has("by-column"))
        or denominator.nonzero
        or not denominator.low <= 0 <= denominator.high
    ):
        return False
    return denominator.has(*REACHES_ZERO) or (denominator.bounded and not denominator.has("signed"))


def at_edge(operation: str, operands: tuple[Facts, ...]) -> bool:
    """Whether nothing keeps the operands away from where the value or the gradient is not finite."""
    if operation in ("norm", "std"):
        return True
    if not operands or not any(facts.numeric for facts in operands):
        return False
    first = operands[0]
    if operation in ("divide", "reciprocal"):
        below = operands[-1]
        return below.numeric and not below.nonzero and below.low <= 0 <= below.high
    if operation == "pow":
        return pow_at_edge(first, operands[1]) if len(operands) > 1 else False
    if operation == "log1p":
        return first.low <= -1 and (first.low > -float("inf") or first.kind == "variable" or first.has("signed"))
    if operation == "exp":
        return first.high > (LARGEST_EXPONENT_IN_HALF if first.half else LARGEST_EXPONENT)
    if operation in ("acos", "asin"):
        return first.low <= -1 or first.high >= 1
    return not first.positive


def pow_at_edge(base: Facts, exponent: Facts) -> bool:
    """Whether a power has an edge that its base can reach: a root at 0, an inverse at 0, a fraction below 0."""
    value = exponent.constant
    if not base.numeric or base.positive:
        return False
    if value is None:
        return exponent.kind == "variable"
    if value == int(value):
        return value < 0 and not base.nonzero
    return value < 1 or base.low < 0
