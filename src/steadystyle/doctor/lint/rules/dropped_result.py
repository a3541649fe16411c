"""`dropped-result`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule, replaced
from steadystyle.doctor.lint.names import operation as name_of
from steadystyle.doctor.lint.rules._floors import shortened

GUARDS = {"clip", "clip_by_norm", "clip_by_global_norm", "maximum", "minimum", "where", "abs", "nan_to_num", "relu"}


class DroppedResult(Rule):
    """A guard whose result nobody takes."""

    cause = "log-of-nonpositive"
    also = ("bad-input-range", "zero-division", "exploding-gradient")
    title = "Result of a guard dropped"
    why = "Tensors do not change in place: tf.clip_by_value(x, ...) as a statement of its own does nothing at all."
    bad = """\
import tensorflow as tf


def prepared(x):
    tf.clip_by_value(x, 1e-6, 1.0)  # <- here
    return x * 2.0
"""
    good = """\
import tensorflow as tf


def prepared(x):
    x = tf.clip_by_value(x, 1e-6, 1.0)
    return x * 2.0
"""
    operations = frozenset({"dropped"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        called = str(operation.fact(0).target)
        if (
            name_of(called) not in GUARDS
            or "out" in operation.keywords
            or isinstance(operation.operands[0], ast.Starred)
        ):
            return
        first, code = operation.operands[0], operation.source(operation.node)
        message = (
            f"the result of {called.rpartition('.')[2]} is dropped: {shortened(operation.source(first))} stays as it is"
        )
        plain = isinstance(first, ast.Name | ast.Attribute) and name_of(called) != "clip_by_global_norm"
        if not plain:
            yield Fault(message, fix=Fix("assign it"))
            return
        name = operation.source(first)
        new = f"{name}.assign({code})" if operation.fact(1).kind == "variable" else f"{name} = {code}"
        yield Fault(message, fix=replaced(operation, f"take it: {shortened(new)}", operation.node, new, safe=True))
