"""`matrix-without-ridge`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule

DECOMPOSED = frozenset({"cholesky", "logdet", "inv", "sqrtm", "matrix_square_root", "solve"})


class MatrixWithoutRidge(Rule):
    """The inverse, determinant or root of a Gram or covariance matrix with nothing added to its diagonal."""

    cause = "singular-matrix"
    also = ("sqrt-of-negative", "pow-domain", "log-of-nonpositive")
    title = "Singular matrix without a ridge"
    why = (
        "A covariance of fewer places than channels, or with a dead channel, has eigenvalues that are 0 or, by "
        "rounding, slightly negative: its Cholesky factor, log-determinant and inverse root are NaN, without an "
        "exception."
    )
    bad = """\
import tensorflow as tf


def log_volume(features):
    covariance = tf.matmul(features, features, transpose_a=True) / 64.0
    return tf.linalg.logdet(covariance)  # <- here
"""
    good = """\
import tensorflow as tf


def log_volume(features):
    covariance = tf.matmul(features, features, transpose_a=True) / 64.0
    return tf.linalg.logdet(covariance + 1e-3 * tf.eye(8))
"""
    operations = frozenset({*DECOMPOSED, "pow", "rsqrt", "sqrt"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        x = operation.fact(0)
        decomposed = operation.name in DECOMPOSED and x.has("gram") and not x.has("ridge")
        inverted = operation.name == "pow" and (operation.fact(1).constant or 0) < 0
        rooted = (inverted or operation.name in ("rsqrt", "sqrt")) and x.has("eigenvalues") and not x.positive
        if decomposed or rooted:
            message = "the matrix may be singular: an eigenvalue of 0 or slightly below makes this NaN"
            fix = Fix("add to its diagonal first: matrix + 1e-3 * tf.eye(n), or keep eigenvalues above 1e-5")
            yield Fault(message, fix=fix, instead_of=frozenset({operation.trace}))
