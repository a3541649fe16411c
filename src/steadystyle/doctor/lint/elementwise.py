"""Operations that look at each entry by itself."""

from __future__ import annotations

import math

from steadystyle.doctor.lint.arguments import Arguments, Transfer, bounded
from steadystyle.doctor.lint.arithmetic import LASTING, PICTURE, combined
from steadystyle.doctor.lint.facts import INFINITY, TINY, Facts, in_single, join, tensor


def _square(given: Arguments) -> Facts:
    x = given.first.but(traces=given.first.traces - given.first.traced("sqrt", "norm", "std"))
    result = combined("multiply", x, x, True)
    return result.but(
        kind="tensor",
        nonzero=x.nonzero,
        marks=result.marks | {"square"} | ({"square-of-mean"} if x.has("mean") else set()),
    )


def _abs(given: Arguments) -> Facts:
    x = given.first
    low = 0.0 if x.low <= 0 <= x.high else min(abs(x.low), abs(x.high))
    return x.but(kind="tensor", low=low, high=max(abs(x.low), abs(x.high)), marks=x.marks & LASTING | {"abs"})


def _exp(given: Arguments) -> Facts:
    x = given.first
    low = math.exp(x.low) if -80 < x.low < 80 else 0.0
    high = 1.0 if x.has("shifted") else math.exp(x.high) if x.high < 80 else INFINITY
    return tensor(low, high, "exp", *(("shifted-exp",) if x.has("shifted") else ())).but(traces=x.traces)


def _angle(given: Arguments) -> Facts:
    x = given.first
    return tensor(math.acos(min(max(x.high, -1.0), 1.0)), math.acos(min(max(x.low, -1.0), 1.0)))


def _sine(given: Arguments) -> Facts:
    x = given.first
    within = 0 <= x.low <= x.high < math.pi - 1e-6  # the sine of pi itself is not quite 0 as it is rounded
    return tensor(min(math.sin(x.low), math.sin(x.high)) if within else -1.0, 1.0)


def _root(given: Arguments) -> Facts:
    x = given.first
    low = math.sqrt(x.low) if x.low > 0 else 0.0
    high = math.sqrt(x.high) if 0 <= x.high < INFINITY else INFINITY
    marks = (
        {"norm"}
        if x.has("sum", "square", "mean")
        else {"std"}
        if x.has("variance", "variance-by-difference")
        else set()
    )
    return tensor(low, high, *marks, *(x.marks & LASTING)).but(traces=x.traces, nonzero=x.nonzero)


def _log(given: Arguments) -> Facts:
    x = given.first
    ends = [math.log(end) if 0 < end < INFINITY else end if end > 0 else -INFINITY for end in (x.low, x.high)]
    return tensor(ends[0], ends[1]).but(traces=x.traces, marks=x.marks & LASTING)


def _maximum(given: Arguments) -> Facts:
    a, b = given.get(0, "x", "x1", "a"), given.get(1, "y", "x2", "b")
    floored = Facts("tensor", max(a.low, b.low), max(a.high, b.high), dtype=a.dtype or b.dtype)
    if a.has("epsilon") or b.has("epsilon"):
        floored = floored.but(low=max(floored.low, TINY))
    marks = (a.marks | b.marks) & (LASTING | PICTURE) | ({"count", "relu"} if floored.low == 0 else frozenset())
    return floored.but(nonzero=floored.low > 0, marks=marks, traces=a.traces | b.traces)


def _minimum(given: Arguments) -> Facts:
    a, b = given.get(0, "x", "x1", "a"), given.get(1, "y", "x2", "b")
    low = max(a.low, b.low, TINY) if a.low > 0 and b.low > 0 else min(a.low, b.low)
    if min(a.low, b.low) > 0:
        low = min(a.low, b.low)
    return Facts(
        "tensor", low, min(a.high, b.high), low > 0, marks=(a.marks | b.marks) & LASTING, traces=a.traces | b.traces
    )


def _clip(given: Arguments) -> Facts:
    x = given.first
    low = given.get(1, "clip_value_min", "x_min", "a_min", "min_value", "min")
    high = given.get(2, "clip_value_max", "x_max", "a_max", "max_value", "max")
    floor = TINY if low.has("epsilon") or (low.kind == "" and not low.numeric) else in_single(low.low)
    bottom = max(x.low, min(floor, in_single(high.low) if high.kind else floor))
    top = min(x.high, in_single(high.high))
    kind = "array" if x.kind == "array" else "tensor"
    return Facts(
        kind, bottom, top, bottom > 0, x.dtype, x.marks & (LASTING | {"bytes", "unit"}) | {"clipped"}, x.traces
    )


def _where(given: Arguments) -> Facts:
    if len(given.all()) == 1:
        return tensor(0.0, INFINITY, "places")
    a, b = given.get(1, "x", "x1"), given.get(2, "y", "x2")
    result = join(a, b).but(kind="tensor", traces=frozenset(), parts=(), target=None)
    # The idiom of the double where: the other branch says what to compute with instead.
    for chosen, instead in ((a, b), (b, a)):
        if chosen.low <= 0 <= chosen.high and not chosen.nonzero and instead.constant is None and not instead.positive:
            continue
        if chosen.low <= 0 and instead.positive and chosen.constant is None:
            result = result.but(low=min(TINY, instead.low), nonzero=True)
    if 0 in (a.constant, b.constant) and not result.nonzero:
        result = result.marked("zeroed")
    return result.without("nan-data")


def _boolean(given: Arguments) -> Facts:
    return Facts("tensor", 0.0, 1.0, dtype="bool", marks=frozenset({"mask"}))


def _finite(given: Arguments) -> Facts:
    return _boolean(given).marked("finite-check")


ELEMENTWISE: dict[str, Transfer] = {
    "square": _square, "abs": _abs, "exp": _exp, "sqrt": _root, "log": _log,
    "log1p": lambda given: tensor(0.0 if given.first.low >= 0 else -INFINITY),
    "softplus": bounded(0.0, INFINITY, "softplus"), "elu": bounded(-1.0, INFINITY), "tanh": bounded(-1.0, 1.0),
    "sigmoid": bounded(0.0, 1.0, "sigmoid"), "hard_sigmoid": bounded(0.0, 1.0),
    "softmax": bounded(0.0, 1.0, "softmax"), "relu6": bounded(0.0, 6.0, "relu"),
    "relu": lambda given: tensor(max(given.first.low, 0.0), max(given.first.high, 0.0), "relu"),
    "acos": _angle, "sin": _sine, "cos": bounded(-1.0, 1.0), "sign": bounded(-1.0, 1.0),
    "maximum": _maximum, "minimum": _minimum, "clip": _clip, "where": _where,
    "divide_no_nan": lambda given: tensor(0.0 if given.get(0).low >= 0 and given.get(1).low >= 0 else -INFINITY),
    **dict.fromkeys(("is_finite", "is_nan", "is_inf"), _finite),
    **dict.fromkeys(("greater", "greater_equal", "less", "less_equal", "equal",
                     "not_equal", "logical_and", "logical_or", "logical_not"), _boolean),
}  # fmt: skip
