"""What each operation makes of the facts of its operands."""

from __future__ import annotations

from steadystyle.doctor.lint.arguments import Arguments, Transfer, kept
from steadystyle.doctor.lint.elementwise import ELEMENTWISE
from steadystyle.doctor.lint.facts import Facts, tensor
from steadystyle.doctor.lint.made import MADE
from steadystyle.doctor.lint.matrices import MATRICES
from steadystyle.doctor.lint.reductions import REDUCTIONS


def _selection(given: Arguments) -> Facts:
    return given.first.but(kind="tensor").marked("selection")


def _gathered(given: Arguments) -> Facts:
    chosen = any(facts.has("places") for facts in given.all())
    return _selection(given) if chosen else kept(given)


MOVED: dict[str, Transfer] = {
    **dict.fromkeys(
        ("reshape", "transpose", "identity", "tile", "repeat", "roll", "reverse", "flip", "broadcast_to",
         "slice", "stack", "concat", "concatenate", "pad", "sort", "resize", "Rot90", "rot90", "flip_left_right",
         "random_flip_left_right", "resize_with_crop_or_pad", "central_crop", "random_crop", "ravel", "copy",
         "avg_pool", "avg_pool2d", "max_pool", "max_pool2d", "average_pool", "reduce_all", "reduce_any",
         "permute_dimensions", "flatten", "swapaxes", "expand_dims", "crop_to_bounding_box", "check_numerics"), kept),
    "boolean_mask": _selection, "gather": _gathered, "gather_nd": _gathered, "cond": lambda given: tensor(),
}  # fmt: skip
TRANSFERS = {**MOVED, **ELEMENTWISE, **REDUCTIONS, **MATRICES, **MADE}

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
