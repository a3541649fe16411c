"""`clip-before-check`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule


class ClipBeforeCheck(Rule):
    """Gradients checked for NaN only after they were clipped together."""

    cause = "clip-spreads-nan"
    title = "Clipped by global norm before the check"
    why = (
        "clip_by_global_norm divides every gradient by one norm: a single infinite entry makes all of them NaN. A "
        "check that comes after it no longer sees which was bad. Check the gradients first, or the norm that it "
        "returns."
    )
    bad = """\
import tensorflow as tf


def checked(gradients):
    clipped, norm = tf.clip_by_global_norm(gradients, 1.0)  # <- here
    return [tf.where(tf.math.is_finite(g), g, 0.0) for g in clipped]
"""
    good = """\
import tensorflow as tf


def checked(gradients):
    finite = [tf.where(tf.math.is_finite(g), g, 0.0) for g in gradients]
    return tf.clip_by_global_norm(finite, 1.0)[0]
"""
    operations = frozenset({"is_finite", "is_nan", "is_inf", "check_numerics"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        if operation.fact(0).has("clipped-together"):
            for trace in operation.fact(0).traced("clipped-together"):
                message = "one infinite gradient makes all NaN here, before they are checked"
                yield Fault(message, trace, Fix("check the gradients before clipping, or the norm that it returns"))
