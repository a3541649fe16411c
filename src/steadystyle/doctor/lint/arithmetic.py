"""What the operators make of facts: bounds, and the range of a picture through a scaling."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable

from steadystyle.doctor.lint.facts import INFINITY, TINY, Facts, in_single, product

EPSILON = 0.1
"""Whoever adds a constant up to this to something says that the rest is not negative."""
USUAL_EPSILON = 1e-7
LASTING = frozenset({"raw-gram", "loss-scaled", "gradient", "nan-data", "step", "clipped", "half-size"})
"""Marks that arithmetic does not wash off."""
PICTURE = frozenset({"bytes", "unit", "overscaled", "underscaled"})
POWERS = {"size": 1, "area": 2, "volume": 3, "hypervolume": 4}
ORDERS = {power: name for name, power in POWERS.items()}
"""How many sizes a whole number is the product of."""
NORMALISES = 100.0
"""What a sum over places and channels is divided by is at least this; a number of layers is not."""


def kind_of(*operands: Facts) -> str:
    """What an operation of these gives."""
    kinds = [facts.kind for facts in operands]
    if "tensor" in kinds or "variable" in kinds:
        return "tensor"
    return "array" if "array" in kinds else "number" if kinds and set(kinds) == {"number"} else ""


def dtype_of(*operands: Facts) -> str:
    """The type that wins: that of a tensor over that of a number."""
    arrays = {facts.dtype for facts in operands if facts.kind != "number" and facts.dtype}
    if len(arrays) == 1 and not any(
        facts.kind == "array" and other.dtype == "float" for facts in operands for other in operands
    ):
        return arrays.pop()
    named = {facts.dtype for facts in operands}
    return named.pop() if len(named) == 1 else ""


def combined(name: str, left: Facts, right: Facts, same: bool) -> Facts:
    """The facts of `left name right`; `same` if both are the same expression."""
    low, high = BOUNDS[name](left, right) if name in BOUNDS else (-INFINITY, INFINITY)
    if same and name in ("multiply", "matmul"):
        low = max(low, 0.0)
    if math.isnan(low) or math.isnan(high):
        low, high = -INFINITY, INFINITY
    result = Facts(kind_of(left, right), low, high, low > 0 or high < 0, dtype_of(left, right))
    if result.numeric and math.isfinite(low + high):
        result = result.but(low=in_single(low), high=in_single(high))
    if name in ("multiply", "divide") and left.nonzero and right.nonzero:
        result = result.but(nonzero=True)
    return result.but(marks=_marks(name, left, right), traces=left.traces | right.traces)


def _added(left: Facts, right: Facts) -> tuple[float, float]:
    low, high = left.low + right.low, left.high + right.high
    for one, other in ((left, right), (right, left)):
        step = other.constant
        if other.has("epsilon") and one.low == -INFINITY and not one.has("signed"):
            return TINY, INFINITY
        if step is not None and 0 < step <= EPSILON and one.low == -INFINITY and not one.has("signed"):
            return step, INFINITY
    return low, high


def _subtracted(left: Facts, right: Facts) -> tuple[float, float]:
    if left.has("max") and right.has("min"):
        return 0.0, INFINITY
    if right.has("epsilon"):  # how small is not known, but that it is enough to be seen in float32
        return left.low - right.high, left.high - USUAL_EPSILON
    return left.low - right.high, left.high - right.low


def _corners(combine: Callable[[float, float], float]) -> Callable[[Facts, Facts], tuple[float, float]]:
    def bounds(left: Facts, right: Facts) -> tuple[float, float]:
        values = [combine(a, b) for a, b in itertools.product((left.low, left.high), (right.low, right.high))]
        return min(values), max(values)

    return bounds


def _divided(left: Facts, right: Facts) -> tuple[float, float]:
    if left.has("sum") and right.has("norms"):
        return -1.0, 1.0
    if right.low > 0 or right.high < 0:
        low, high = _corners(lambda a, b: 0.0 if math.isinf(b) else a / b)(left, right)
        if left.low > 0 and right.low > 0:
            low = max(low, TINY)
        return low, high
    if left.low >= 0 and right.low >= 0:
        return (TINY if left.low > 0 else 0.0), INFINITY
    return -INFINITY, INFINITY


def _power(left: Facts, right: Facts) -> tuple[float, float]:
    exponent = right.constant
    if exponent is None:
        return (TINY if left.low > 0 else 0.0 if left.low >= 0 else -INFINITY), INFINITY
    if left.low > 0 or (left.low == 0 and exponent > 0):
        try:
            ends = [left.low**exponent, left.high**exponent]
        except OverflowError:
            return TINY, INFINITY
        return max(min(ends), TINY if left.low > 0 else 0.0), max(ends)
    return (0.0, INFINITY) if exponent % 2 == 0 else (-INFINITY, INFINITY)


BOUNDS: dict[str, Callable[[Facts, Facts], tuple[float, float]]] = {
    "add": _added,
    "subtract": _subtracted,
    "multiply": _corners(product),
    "divide": _divided,
    "pow": _power,
}
FOLDED: dict[str, Callable[[float, float], float]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
    "pow": operator.pow,
}


def folded(name: str, left: float, right: float) -> float | None:
    """The number that two constants make, None where there is none."""
    try:
        value = FOLDED[name](left, right)
    except (ArithmeticError, KeyError, ValueError):
        return None
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _marks(name: str, left: Facts, right: Facts) -> frozenset[str]:
    marks = (left.marks | right.marks) & LASTING
    scale = _scale(name, left, right)
    if name == "divide" and (scale is None or scale < 1 / NORMALISES) and not right.has("raw-gram"):
        marks -= {"raw-gram"}
    if name == "divide":
        marks -= {"loss-scaled"}
    if name == "multiply" and (scale is None or scale < 1 / NORMALISES) and not (left.numeric and right.numeric):
        marks -= {"raw-gram"}
    if name == "multiply" and scale is not None and scale < 1:
        marks -= {"loss-scaled"}
    if scale is not None:
        marks |= _rescaled((left.marks | right.marks) & PICTURE, scale)
        marks |= (left.marks | right.marks) & {
            "signed",
            "size",
            *(("sum", "mean", "std", "variance", "norm", "max", "min", "abs")),
        }
    if name == "subtract":
        marks |= _difference(left, right)
    if name in ("add", "subtract") and (left.has("signed") or right.has("signed")):
        marks |= {"signed"}
    if name == "multiply" and left.has("norm", "std", "sum") and right.has("norm", "std", "sum"):
        marks |= {"norm"}
    if name == "floordiv":
        marks |= left.marks & {"size"}
    if name == "pow" and right.constant in (2.0, 3.0, 4.0):
        order = max((POWERS.get(mark, 0) for mark in left.marks), default=0) * int(right.constant or 0)
        marks |= {ORDERS[min(order, 4)]} if order else set()
    if name == "multiply":
        marks |= _grown(left, right, scale)
    if name == "add" and {left.constant, right.constant} & {1.0} and (left.has("exp") or right.has("exp")):
        marks |= {"one-plus-exp"}
    if name in ("add", "multiply"):
        marks |= _reaching(name, left, right)
    if name == "multiply" and left.has("norm") and right.has("norm"):
        marks |= {"norms"}
    if name == "multiply" and any(facts.bounded and facts.low < 0 < facts.high for facts in (left, right)):
        marks |= {"signed"}
    if name == "multiply" and (left.has("ridge") or right.has("ridge")):
        return marks | {"ridge"}
    if name == "add" and left.has("sum") and right.has("sum"):
        marks |= {"sum"}
    if name == "add" and {left.has("ridge"), right.has("ridge")} != {False}:
        return marks | {"ridge"}
    spectral = (left.marks | right.marks) & {"gram", "eigenvalues"}
    ridged = name in ("add", "subtract") and any(facts.positive and not facts.has("gram") for facts in (left, right))
    return marks | (frozenset() if ridged and "gram" not in spectral else spectral)


def _reaching(name: str, left: Facts, right: Facts) -> frozenset[str]:
    """Sums and products of what is never negative and may be 0: so may they."""
    reach = [facts.low == 0 and facts.has("sum", "mean", "std", "norm", "variance") for facts in (left, right)]
    if name == "add":
        zero = left.constant == 0 or right.constant == 0
        return frozenset({"sum"}) if all(reach) or (zero and any(reach)) else frozenset()
    return frozenset({"sum"}) if any(reach) and left.low >= 0 and right.low >= 0 else frozenset()


def _grown(left: Facts, right: Facts, scale: float | None) -> frozenset[str]:
    """What a factor makes of a gradient or a loss, and sizes of each other."""
    both = left.marks | right.marks
    if scale is None:
        order = [sum(POWERS.get(mark, 0) for mark in facts.marks) for facts in (left, right)]
        return frozenset({ORDERS[min(sum(order), 4)]}) if all(order) else frozenset()
    grown = set()
    if "gradient" in both and abs(scale) >= 1:
        grown.add("steep")
    if scale >= 64 and math.log2(scale).is_integer() and both & {"sum", "mean"}:
        grown.add("loss-scaled")
    return frozenset(grown | (both & set(POWERS)))


def _difference(left: Facts, right: Facts) -> frozenset[str]:
    if left.has("max") and right.has("min"):
        return frozenset({"spread"})
    if left.has("mean-of-square") and right.has("square-of-mean"):
        return frozenset({"variance-by-difference"})
    if right.has("max"):
        return frozenset({"shifted"})
    return frozenset({"counter"}) if left.bounded and right.bounded and "counter" in left.marks else frozenset()


def _scale(name: str, left: Facts, right: Facts) -> float | None:
    """The constant factor of a scaling, None where it is not one."""
    if name == "multiply":
        return right.constant if left.constant is None else left.constant
    if name == "divide" and right.constant:
        return 1 / right.constant
    return None


def _rescaled(ranges: frozenset[str], scale: float) -> frozenset[str]:
    """The range of a picture after a scaling."""
    if 200 <= scale <= 300:
        return frozenset({"bytes": "overscaled", "unit": "bytes"}.get(name, name) for name in ranges)
    if 1 / 300 <= scale <= 1 / 200:
        return frozenset(
            {"bytes": "unit", "unit": "underscaled", "overscaled": "bytes"}.get(name, name) for name in ranges
        )
    return ranges if 0.5 <= scale <= 2 else frozenset()
