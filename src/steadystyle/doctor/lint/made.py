"""Operations that make numbers, or bring them in."""

from __future__ import annotations

import math

from steadystyle.doctor.lint.arguments import Arguments, Transfer, bounded, elements
from steadystyle.doctor.lint.arithmetic import PICTURE
from steadystyle.doctor.lint.facts import INFINITY, LARGEST_HALF, UNKNOWN, Facts, tensor

BYTES = Facts("tensor", 0.0, 255.0, dtype="uint8", marks=frozenset({"bytes"}))


def _constant(given: Arguments) -> Facts:
    x = elements(given.first)
    dtype = {"int": "int32", "float": "float32"}.get(x.dtype, x.dtype)
    if given.first == Facts("tuple"):
        return tensor().marked("selection").but(dtype=dtype)  # a list of nothing
    if x.has("inf") and any(name == "element" for name, _ in given.first.parts):  # not one of a few limits
        x = x.without("inf").marked("nan-data")
    return x.but(kind="tensor", dtype=dtype, parts=(), target=None)


def _variable(given: Arguments) -> Facts:
    x = elements(given.get(0, "initial_value", "initializer", "value"))
    marks = x.marks & (PICTURE | {"nan-data", "fits-half"})
    if x.constant == 0:
        marks |= {"zero-start"}
    if x.nonzero:
        marks |= {"begun"}
    return Facts("variable", high=x.high if x.constant is None else INFINITY, dtype=x.dtype, marks=marks)


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


MADE: dict[str, Transfer] = {
    "constant": _constant, "variable": _variable,
    "zeros": bounded(0.0, 0.0), "zeros_like": bounded(0.0, 0.0), "ones": bounded(1.0, 1.0),
    "ones_like": bounded(1.0, 1.0), "fill": _full, "full": _full, "full_like": _full,
    "one_hot": bounded(0.0, 1.0, "mask"), "sequence_mask": bounded(0.0, 1.0, "mask"),
    "uniform": _uniform, "integers": _integers, "normal": lambda given: tensor().marked("signed"),
    "convert_image_dtype": _image_dtype, "img_to_array": lambda given: given.first.but(kind="array", dtype="float32"),
    **dict.fromkeys(("decode_image", "decode_jpeg", "decode_png", "decode_bmp", "decode_gif"), _decoded),
}  # fmt: skip
