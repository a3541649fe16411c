"""`nan-in-data`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule

CHECKS = {"is_nan", "isnan", "is_finite", "isfinite"}


class NanInData(Rule):
    """An array that NaN or infinity was written into, given to TensorFlow."""

    cause = "nonfinite-input"
    also = ("nonfinite-weights",)
    title = "NaN in data"
    why = (
        "NaN is a good mark for a missing number, but not for TensorFlow: one of them spoils every weight at the "
        "first step."
    )
    bad = """\
import numpy as np
import tensorflow as tf

photo = np.ones((1, 8, 8, 3), "float32")
photo[0, 3, 3, 1] = np.nan
image = tf.Variable(photo)  # <- here
"""
    good = """\
import numpy as np
import tensorflow as tf

photo = np.ones((1, 8, 8, 3), "float32")
photo[0, 3, 3, 1] = np.nan
image = tf.Variable(np.where(np.isnan(photo), 0.0, photo))
"""
    operations = frozenset({"variable", "constant", "fit", "set_weights", "assign", "iterate"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        first = operation.fact(0, "initial_value")
        given = operation.facts[1:] if operation.name in ("fit", "set_weights", "assign") else (first,)
        held_out = operation.keywords.get("validation_data")
        given = (*given, held_out[1]) if held_out else given
        if any(facts.deep().has("nan-data") for facts in given) and not operation.words & CHECKS:
            cause = "nonfinite-weights" if operation.name in ("set_weights", "assign") else ""
            yield Fault(
                "NaN or infinity was written into this array", cause=cause, fix=Fix("leave these out, or np.nan_to_num")
            )
