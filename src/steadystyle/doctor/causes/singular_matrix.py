"""`singular-matrix`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.contracts import Case, CauseRule, Diagnosis, Edit
from steadystyle.doctor.lineage import EIGEN, argument, denominator, made_by
from steadystyle.doctor.rewrite import guard_operand

FACTORS = {
    *("Cholesky", "CholeskyGrad", "MatrixInverse", "LogMatrixDeterminant", "MatrixSolve", "MatrixTriangularSolve"),
    *("MatrixSquareRoot", "MatrixLogarithm", "MatrixDeterminant", "MatrixSolveLs"),
} | EIGEN
SAID = ("not invertible", "Cholesky decomposition was not successful")
"""What TensorFlow raises of some, where it does not give NaN."""
RAISED = {"Pow": 0.97, "Rsqrt": 0.97, "RealDiv": 0.96, "Reciprocal": 0.96, "Sqrt": 0.91, "Log": 0.89}


class SingularMatrix(CauseRule):
    """A factor, inverse, determinant or whitening of a matrix whose smallest eigenvalue is 0 or less."""

    def examine(self, case: Case) -> Diagnosis | None:
        origin = case.origin
        if any(said in case.watched.error for said in SAID):
            return Diagnosis(0.95, (case.watched.error,), case.watched.error_place)
        if origin is None or not origin.inputs:
            return None
        if origin.forward_op in FACTORS:
            return Diagnosis(
                0.95,
                (f"{origin.forward_op} of a matrix of shape {origin.inputs[0].values.shape} has no finite result",),
            )
        operand = denominator(origin) or argument(origin)
        if operand is None:
            return None
        if origin.forward_op == "Log" and made_by(operand, ("MatrixDeterminant",), 2):
            return Diagnosis(0.95, ("the determinant is not positive",))
        if origin.forward_op == "Log" and made_by(operand, ("Cholesky",), 4):
            return Diagnosis(0.96, ("the diagonal of a Cholesky factor is 0",))
        if origin.forward_op in RAISED and made_by(operand, EIGEN, 6):
            return Diagnosis(RAISED[origin.forward_op], (f"the smallest eigenvalue is {operand.values.smallest:.3g}",))
        return None

    def edits(self, case: Case, diagnosis: Diagnosis) -> Iterator[Edit]:
        """Add a small multiple of the identity; else limit the eigenvalues from below."""
        origin, sources = case.origin, case.watched.sources
        if origin is None or origin.forward_op in FACTORS:
            place = origin.place if origin else diagnosis.place
            identity = "{tf}.eye({tf}.shape({x})[-1], dtype=({x}).dtype)"
            for epsilon in ("1e-3", "1e-1"):
                template = f"({{x}}) + {epsilon} * {identity}"
                yield from guard_operand(sources, place, 0, template, "add a small multiple of the identity")
            size = "{tf}.cast({tf}.shape({x})[-1], ({x}).dtype) * {tf}.reduce_max({tf}.abs({x}))"
            template = f"({{x}}) + {size} * {identity}"
            yield from guard_operand(sources, place, 0, template, "add as much of the identity as the matrix is large")
        if origin is None:
            return
        index = 1 if origin.forward_op == "RealDiv" else 0
        for epsilon in ("1e-5", "1e-2"):
            yield from guard_operand(
                sources, origin.place, index, f"{{tf}}.maximum({{x}}, {epsilon})", "limit the eigenvalues from below"
            )
