"""`optimizer-epsilon-zero`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Operation, Rule, replaced


class OptimizerEpsilonZero(Rule):
    """An optimizer that divides by a root without an epsilon."""

    cause = "optimizer-state"
    title = "Optimizer without an epsilon"
    why = (
        "Adam and RMSprop divide by the root of the mean squared gradient. Where a gradient has always been 0, as "
        "in a dead unit, that is 0/0 with epsilon=0, and the weight is NaN though every gradient is finite."
    )
    bad = """\
import tensorflow as tf

optimizer = tf.keras.optimizers.Adam(0.001, epsilon=0.0)  # <- here
"""
    good = """\
import tensorflow as tf

optimizer = tf.keras.optimizers.Adam(0.001, epsilon=1e-7)
"""
    operations = frozenset({"optimizer"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        node, epsilon = operation.keywords.get("epsilon", (None, operation.result))
        if node is not None and epsilon.constant == 0:
            fix = replaced(operation, "epsilon=1e-7", node, "1e-7", safe=True)
            yield Fault("with epsilon=0 a gradient that has always been 0 makes its weight NaN", fix=fix)
