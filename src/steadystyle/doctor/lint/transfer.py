"""What each operation makes of the facts of its operands."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from steadystyle.doctor.lint.arithmetic import LASTING, PICTURE, combined
from steadystyle.doctor.lint.facts import INFINITY, LARGEST_HALF, TINY, UNKNOWN, Facts, in_single, join, joined, tensor

BYTES = Facts("tensor", 0.0, 255.0, dtype="uint8", marks=frozenset({"bytes"}))


class Arguments(NamedTuple):
    """What is known of the arguments of a call."""

    facts: tuple[Facts, ...]
    named: Mapping[str, Facts]

    def get(self, index: int, *names: str) -> Facts:
        """An argument by position or by one of its names."""
        if index < len(self.facts):
            return self.facts[index]
        return next((self.named[name] for name in names if name in self.named), UNKNOWN)

    def all(self) -> tuple[Facts, ...]:
        """All of them."""
        return (*self.facts, *self.named.values())

    @property
    def first(self) -> Facts:
        """The first argument, however it is named."""
        return next(iter(self.all()), UNKNOWN)


Transfer = Callable[[Arguments], Facts]


def _kept(given: Arguments) -> Facts:
    """The same values in another arrangement."""
    return given.first.but(kind="tensor", parts=(), target=None)


def _elements(facts: Facts) -> Facts:
    """What is known of the entries of nested lists."""
    return joined(_elements(part) for _, part in facts.parts) if facts.parts else facts


def _bounded(low: float, high: float, *marks: str) -> Transfer:
    return lambda given: tensor(low, high, *marks)


def _of_sum(given: Arguments) -> Facts:
    x = given.first
    if x.has("shifted-exp"):
        return tensor(1.0)  # its largest term is exp(0)
    low = x.low if x.low >= 0 else -INFINITY
    lasting = x.marks & (LASTING | {"signed", "square", "exp"})
    return tensor(low, 0.0 if x.high <= 0 else INFINITY).but(
        marks=lasting | {"sum"}, dtype=x.dtype, nonzero=low > 0 or x.high < 0
    )


def _of_mean(given: Arguments) -> Facts:
    x = given.first
    marks = x.marks & (LASTING | PICTURE | {"size"}) | {"mean"}
    if x.has("square"):
        marks |= {"mean-of-square"}
    if x.has("linear-gram"):
        marks -= {"raw-gram"}  # a loss that is not made of its squares is not the size of them
    return x.but(kind="tensor", marks=marks, parts=(), target=None)


def _extreme(mark: str) -> Transfer:
    def of(given: Arguments) -> Facts:
        return given.first.but(kind="tensor", marks=given.first.marks & LASTING | {mark}, parts=(), target=None)

    return of


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


def _deviation(given: Arguments) -> Facts:
    by_column = len(given.facts) > 1 or "axis" in given.named
    return tensor(0.0, INFINITY, "std", *(("by-column",) if by_column else ()))


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


def _gathered(given: Arguments) -> Facts:
    chosen = any(facts.has("places") for facts in given.all())
    return _selection(given) if chosen else _kept(given)


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


def _constant(given: Arguments) -> Facts:
    x = _elements(given.first)
    dtype = {"int": "int32", "float": "float32"}.get(x.dtype, x.dtype)
    if given.first == Facts("tuple"):
        return tensor().marked("selection").but(dtype=dtype)  # a list of nothing
    if x.has("inf") and any(name == "element" for name, _ in given.first.parts):  # not one of a few limits
        x = x.without("inf").marked("nan-data")
    return x.but(kind="tensor", dtype=dtype, parts=(), target=None)


def _variable(given: Arguments) -> Facts:
    x = _elements(given.get(0, "initial_value", "initializer", "value"))
    marks = x.marks & (PICTURE | {"nan-data", "fits-half"})
    if x.constant == 0:
        marks |= {"zero-start"}
    if x.nonzero:
        marks |= {"begun"}
    return Facts("variable", high=x.high if x.constant is None else INFINITY, dtype=x.dtype, marks=marks)


def _normalised(given: Arguments) -> Facts:
    return tensor(-1.0, 1.0)


def _uniform(given: Arguments) -> Facts:
    numbers = [facts.constant for facts in given.all()]
    top = max((value for value in numbers if value is not None), default=1.0)
    low = given.named.get("minval", given.named.get("low", UNKNOWN)).constant
    high = given.named.get("maxval", given.named.get("high", UNKNOWN)).constant
    if high is None and len(given.facts) > 1 and given.facts[0].constant is not None:
        low, high = given.facts[0].constant, given.facts[1].constant
    if high is None and len(given.facts) > 2 and given.facts[1].constant is not None:
        low, high = given.facts[1].constant, given.facts[2].constant
    if high is None and given.facts and given.facts[0].parts and len(given.named) == 0 and len(given.facts) == 1:
        high = 1.0
    high, low = 1.0 if high is None else high, 0.0 if low is None else low
    marks = {"bytes"} if low == 0 and 200 <= high <= 256 else {"unit"} if low == 0 and high == 1 else set()
    marks |= {"fits-half"} if _elements_of(given.get(0, "shape", "size")) * high**2 <= LARGEST_HALF else set()
    return tensor(low, high, *marks) if top or marks else tensor(low, high)


def _elements_of(shape: Facts) -> float:
    """How many elements a shape that is written out has."""
    lengths = [part.constant for _, part in shape.parts]
    return math.prod(INFINITY if length is None else length for length in lengths) if lengths else INFINITY


def _integers(given: Arguments) -> Facts:
    low, high = (facts.constant for facts in (given.get(0, "low"), given.get(1, "high")))
    if low is None or high is None:
        return tensor()
    bytes_ = low == 0 and 200 <= high <= 256
    return tensor(low, high - 1, *(("bytes",) if bytes_ else ())).but(dtype="int64")


def _full(given: Arguments) -> Facts:
    value = given.get(1, "value", "fill_value")
    return Facts("tensor", value.low, value.high, value.nonzero, marks=value.marks)


def _decoded(given: Arguments) -> Facts:
    wanted = given.named.get("dtype")
    floats = wanted is not None and str(wanted.target).endswith(("float32", "float16"))
    return tensor(0.0, 1.0, "unit").but(dtype="float32") if floats else BYTES


def _image_dtype(given: Arguments) -> Facts:
    x = given.first
    if x.has("bytes") and x.dtype.startswith("float"):
        return x  # floats are not scaled
    return tensor(0.0, 1.0, "unit").but(dtype="float32")


def _finite(given: Arguments) -> Facts:
    return _boolean(given).marked("finite-check")


def _clip_by_global_norm(given: Arguments) -> Facts:
    clipped = given.first.deep().but(kind="tensor", parts=()).marked("clipped-together")
    return Facts("tuple", parts=((0, clipped), (1, tensor(0.0))))


def _boolean(given: Arguments) -> Facts:
    return Facts("tensor", 0.0, 1.0, dtype="bool", marks=frozenset({"mask"}))


def _moments(given: Arguments) -> Facts:
    dtype = given.first.dtype
    mean, variance = tensor().marked("mean"), tensor(0.0, INFINITY, "variance")
    return Facts("tuple", parts=((0, mean.but(dtype=dtype)), (1, variance.but(dtype=dtype))))


def _eigh(given: Arguments) -> Facts:
    return Facts("tuple", parts=((0, _eigenvalues(given)), (1, tensor())))


def _eigenvalues(given: Arguments) -> Facts:
    x = given.first
    return tensor().marked("eigenvalues", "signed") if not x.has("ridge") else tensor(TINY, INFINITY)


def _diagonal(given: Arguments) -> Facts:
    x = given.first
    # That of a Cholesky factor is positive where there is a factor.
    return tensor(TINY) if x.has("triangle") else x.but(kind="tensor", marks=x.marks & {"ridge"}, parts=())


def _svd(given: Arguments) -> Facts:
    return Facts("tuple", parts=((0, tensor(0.0, INFINITY, "eigenvalues")), (1, tensor()), (2, tensor())))


def _selection(given: Arguments) -> Facts:
    return given.first.but(kind="tensor").marked("selection")


def _matmul(given: Arguments) -> Facts:
    a, b = given.get(0), given.get(1)
    return tensor().but(
        dtype=a.dtype if a.dtype == b.dtype else "",
        traces=a.traces | b.traces,
        marks=(a.marks | b.marks) & {"nan-data"},
    )


def _matrix(given: Arguments) -> Facts:
    return tensor(0.0, 1.0, "ridge")


def _diag(given: Arguments) -> Facts:
    return given.first.but(kind="tensor") if not given.first.positive else tensor(0.0, INFINITY, "ridge")


def _l2_loss(given: Arguments) -> Facts:
    return tensor(0.0, INFINITY)


TRANSFERS: dict[str, Transfer] = {
    **dict.fromkeys(
        ("reshape", "transpose", "identity", "tile", "repeat", "roll", "reverse", "flip", "broadcast_to",
         "slice", "stack", "concat", "concatenate", "pad", "sort", "resize", "Rot90", "rot90", "flip_left_right",
         "random_flip_left_right", "resize_with_crop_or_pad", "central_crop", "random_crop", "ravel", "copy",
         "avg_pool", "avg_pool2d", "max_pool", "max_pool2d", "average_pool", "reduce_all", "reduce_any",
         "permute_dimensions", "flatten", "swapaxes", "expand_dims", "crop_to_bounding_box", "check_numerics"), _kept),
    "sum": _of_sum, "mean": _of_mean, "max": _extreme("max"), "min": _extreme("min"), "prod": lambda given: tensor(),
    "norm": lambda given: tensor(TINY if given.first.nonzero or given.first.has("begun") else 0.0, INFINITY, "norm"),
    "std": _deviation,
    "variance": _bounded(0.0, INFINITY, "variance"),
    "square": _square, "abs": _abs, "exp": _exp, "sqrt": _root, "log": _log,
    "log1p": lambda given: tensor(0.0 if given.first.low >= 0 else -INFINITY),
    "softplus": _bounded(0.0, INFINITY, "softplus"), "elu": _bounded(-1.0, INFINITY), "tanh": _bounded(-1.0, 1.0),
    "sigmoid": _bounded(0.0, 1.0, "sigmoid"), "hard_sigmoid": _bounded(0.0, 1.0),
    "softmax": _bounded(0.0, 1.0, "softmax"), "relu6": _bounded(0.0, 6.0, "relu"),
    "relu": lambda given: tensor(max(given.first.low, 0.0), max(given.first.high, 0.0), "relu"),
    "acos": _angle, "sin": _sine, "cos": _bounded(-1.0, 1.0), "sign": _bounded(-1.0, 1.0),
    "maximum": _maximum, "minimum": _minimum, "clip": _clip, "where": _where, "cond": lambda given: tensor(),
    "constant": _constant, "variable": _variable,
    "zeros": _bounded(0.0, 0.0), "zeros_like": _bounded(0.0, 0.0), "ones": _bounded(1.0, 1.0),
    "ones_like": _bounded(1.0, 1.0), "fill": _full, "full": _full, "full_like": _full,
    "eye": _matrix, "set_diag": _matrix,
    "diag": _diag, "one_hot": _bounded(0.0, 1.0, "mask"), "sequence_mask": _bounded(0.0, 1.0, "mask"),
    "uniform": _uniform, "integers": _integers, "normal": lambda given: tensor().marked("signed"),
    "shape": lambda given: tensor(1.0, INFINITY, "size").but(dtype="int32"),
    "size": lambda given: tensor(0.0 if given.first.has("selection") else 1.0, INFINITY, "size").but(dtype="int32"),
    "rank": lambda given: tensor(1.0, INFINITY).but(dtype="int32"),
    **dict.fromkeys(("segment_sum", "unsorted_segment_sum"), lambda given: _of_sum(given).but(
        low=0.0 if given.first.low >= 0 else -INFINITY, nonzero=False)),
    "count_nonzero": lambda given: tensor(0.0, INFINITY, "count").but(dtype="int64"),
    "convert_image_dtype": _image_dtype, "img_to_array": lambda given: given.first.but(kind="array", dtype="float32"),
    **dict.fromkeys(("decode_image", "decode_jpeg", "decode_png", "decode_bmp", "decode_gif"), _decoded),
    **dict.fromkeys(("is_finite", "is_nan", "is_inf"), _finite), "clip_by_global_norm": _clip_by_global_norm,
    **dict.fromkeys(("greater", "greater_equal", "less", "less_equal", "equal",
                     "not_equal", "logical_and", "logical_or", "logical_not"), _boolean),
    "moments": _moments, "eigh": _eigh, "eigvalsh": _eigenvalues, "boolean_mask": _selection,
    "gather": _gathered, "gather_nd": _gathered,
    "cholesky": lambda given: tensor().marked("triangle"), "diag_part": _diagonal, "matrix_diag_part": _diagonal,
    "svd": _svd, "matmul": _matmul, "einsum": lambda given: tensor(), "l2_normalize": _normalised, "l2_loss": _l2_loss,
    "divide_no_nan": lambda given: tensor(0.0 if given.get(0).low >= 0 and given.get(1).low >= 0 else -INFINITY),
}  # fmt: skip


HALVES = {"float16", "bfloat16"}
NEW_TYPE = {"cast", "shape", "size", "rank", "argmax", "argmin", "uniform", "normal", "constant", "convert_image_dtype"}
"""Operations whose result is not of the type of their first argument."""
FORGETS = {
    "where",
    "stop_gradient",
    "shape",
    "size",
    "rank",
    "ones_like",
    "zeros_like",
    "is_finite",
    "is_nan",
    "is_inf",
}
"""What of the values before does no more harm in the result."""


def result_of(name: str, given: Arguments, library: str) -> Facts:
    """The facts of what an operation returns."""
    transfer = TRANSFERS.get(name)
    known = tensor() if transfer is None else transfer(given)
    if name not in FORGETS:
        known = known.but(traces=frozenset().union(known.traces, *(facts.traces for facts in given.all())))
    if not known.dtype and name not in NEW_TYPE and given.first.dtype in HALVES:
        known = known.but(dtype=given.first.dtype)
    if library == "array" and known.kind == "tensor":
        return known.but(kind="array", traces=frozenset())
    if library == "number" and known.kind == "tensor":
        return Facts("number")
    return known
