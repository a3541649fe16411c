"""Operations that make few numbers of many."""

from __future__ import annotations

from steadystyle.doctor.lint.arguments import Arguments, Transfer, bounded
from steadystyle.doctor.lint.arithmetic import LASTING, PICTURE
from steadystyle.doctor.lint.facts import INFINITY, TINY, Facts, tensor


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


def _deviation(given: Arguments) -> Facts:
    by_column = len(given.facts) > 1 or "axis" in given.named
    return tensor(0.0, INFINITY, "std", *(("by-column",) if by_column else ()))


def _moments(given: Arguments) -> Facts:
    dtype = given.first.dtype
    mean, variance = tensor().marked("mean"), tensor(0.0, INFINITY, "variance")
    return Facts("tuple", parts=((0, mean.but(dtype=dtype)), (1, variance.but(dtype=dtype))))


def _clip_by_global_norm(given: Arguments) -> Facts:
    clipped = given.first.deep().but(kind="tensor", parts=()).marked("clipped-together")
    return Facts("tuple", parts=((0, clipped), (1, tensor(0.0))))


REDUCTIONS: dict[str, Transfer] = {
    "sum": _of_sum, "mean": _of_mean, "max": _extreme("max"), "min": _extreme("min"), "prod": lambda given: tensor(),
    "norm": lambda given: tensor(TINY if given.first.nonzero or given.first.has("begun") else 0.0, INFINITY, "norm"),
    "std": _deviation, "variance": bounded(0.0, INFINITY, "variance"), "moments": _moments,
    **dict.fromkeys(("segment_sum", "unsorted_segment_sum"), lambda given: _of_sum(given).but(
        low=0.0 if given.first.low >= 0 else -INFINITY, nonzero=False)),
    "shape": lambda given: tensor(1.0, INFINITY, "size").but(dtype="int32"),
    "size": lambda given: tensor(0.0 if given.first.has("selection") else 1.0, INFINITY, "size").but(dtype="int32"),
    "rank": lambda given: tensor(1.0, INFINITY).but(dtype="int32"),
    "count_nonzero": lambda given: tensor(0.0, INFINITY, "count").but(dtype="int64"),
    "clip_by_global_norm": _clip_by_global_norm, "l2_loss": bounded(0.0, INFINITY),
}  # fmt: skip
