"""Operations of linear algebra."""

from __future__ import annotations

from steadystyle.doctor.lint.arguments import Arguments, Transfer, bounded
from steadystyle.doctor.lint.facts import INFINITY, TINY, Facts, tensor


def _eigenvalues(given: Arguments) -> Facts:
    x = given.first
    return tensor().marked("eigenvalues", "signed") if not x.has("ridge") else tensor(TINY, INFINITY)


def _eigh(given: Arguments) -> Facts:
    return Facts("tuple", parts=((0, _eigenvalues(given)), (1, tensor())))


def _diagonal(given: Arguments) -> Facts:
    x = given.first
    # That of a Cholesky factor is positive where there is a factor.
    return tensor(TINY) if x.has("triangle") else x.but(kind="tensor", marks=x.marks & {"ridge"}, parts=())


def _svd(given: Arguments) -> Facts:
    return Facts("tuple", parts=((0, tensor(0.0, INFINITY, "eigenvalues")), (1, tensor()), (2, tensor())))


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


MATRICES: dict[str, Transfer] = {
    "eigh": _eigh, "eigvalsh": _eigenvalues, "svd": _svd, "matmul": _matmul, "einsum": lambda given: tensor(),
    "cholesky": lambda given: tensor().marked("triangle"), "diag_part": _diagonal, "matrix_diag_part": _diagonal,
    "eye": _matrix, "set_diag": _matrix, "diag": _diag, "l2_normalize": bounded(-1.0, 1.0),
}  # fmt: skip
