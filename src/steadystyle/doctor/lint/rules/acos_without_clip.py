"""`acos-without-clip`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.arithmetic import EPSILON
from steadystyle.doctor.lint.contracts import Fault, Operation, Rule, replaced
from steadystyle.doctor.lint.domains import at_edge
from steadystyle.doctor.lint.rules._floors import floored, shortened


class AcosWithoutClip(Rule):
    """acos, asin or acosh of what may reach 1."""

    cause = "trig-domain"
    title = "acos, asin or acosh without a clip"
    why = (
        "A cosine computed from dot products rounds to 1.0000001, where acos is NaN. At exactly 1 its slope is "
        "infinite."
    )
    bad = """\
import tensorflow as tf


def angle(a, b):
    return tf.acos(tf.reduce_sum(tf.math.l2_normalize(a) * tf.math.l2_normalize(b)))  # <- here
"""
    good = """\
import tensorflow as tf


def angle(a, b):
    cosine = tf.reduce_sum(tf.math.l2_normalize(a) * tf.math.l2_normalize(b))
    return tf.acos(tf.clip_by_value(cosine, -0.999999, 0.999999))
"""
    operations = frozenset({"acos", "asin", "acosh"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        x, node = operation.fact(0, "x"), operation.operand(0, "x")
        if operation.name == "acosh":
            added = 0 < x.low <= EPSILON  # an epsilon, to what its author says is at least 1
            if node is not None and x.numeric and operation.context.differentiated and x.low <= 1 and not added:
                fix = floored(operation, node, "1.000001")
                yield Fault(f"{shortened(operation.source(node))} may be 1 or less: acosh has no slope there", fix=fix)
            return
        if node is None or not x.numeric or not at_edge(operation.name, (x,)):
            return
        kept = x.low >= -1 and x.high <= 1 and x.has("clipped")
        if kept and not operation.context.differentiated:
            return
        clip = operation.spell("clip_by_value", "clip")
        new = clip and f"{clip}({operation.source(node)}, -0.999999, 0.999999)"
        fix = replaced(operation, "keep it inside: tf.clip_by_value(x, -0.999999, 0.999999)", node, new, safe=True)
        yield Fault(f"{shortened(operation.source(node))} may reach 1 and pass it by rounding", fix=fix)
