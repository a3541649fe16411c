"""`high-learning-rate`."""

from __future__ import annotations

import math
from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule
from steadystyle.doctor.lint.facts import Facts, Trace

USUAL = {
    "SGD": 1.01, "Adam": 0.5, "AdamW": 0.5, "Adamax": 0.5, "Nadam": 0.5, "RMSprop": 0.5, "Lion": 0.1, "Lamb": 1.0,
    "Adagrad": 2.0, "Ftrl": 2.0, "Adadelta": 20.0, "Adafactor": 1.0, "Muon": 1.0,
}  # fmt: skip
"""From here on a rate is unusual."""
OF_BYTES = 200.0
"""How much larger the steps of a picture from 0 to 255 are."""
OF_BYTES_WORDS = {"preprocess_input", "VGG19", "VGG16", "vgg19", "vgg16"}


MOMENTUM = 10.0
"""How much larger than its rate the steps of SGD usually become by momentum."""
STEPS_OF_RATE = {"Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "Lion"}
SMALL_PART = 0.05
"""Such a part of the numbers that are optimized is no large step."""


class HighLearningRate(Rule):
    """A learning rate that is unusually high for its optimizer."""

    cause = "high-learning-rate"
    title = "Unusually high learning rate"
    why = (
        "Each step overshoots, and the loss grows several times over from one to the next until it overflows. What "
        "is usual depends on the optimizer: up to 0.1 for SGD, 0.01 for Adam (0.05 for pixels in [0, 1])."
    )
    bad = """\
import tensorflow as tf

optimizer = tf.keras.optimizers.SGD(learning_rate=25.0)  # <- here
"""
    good = """\
import tensorflow as tf

optimizer = tf.keras.optimizers.SGD(learning_rate=0.01)
"""
    operations = frozenset({"optimizer", "set-rate", "assign_sub", "subtract", "apply_gradients"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        if operation.name in ("optimizer", "set-rate"):
            yield from self._of_optimizer(operation)
        elif operation.name == "apply_gradients":
            return
        elif (
            operation.context.purpose != "tested"
            and operation.facts[-1].has("steep")
            and operation.facts[0].kind in ("", "tensor", "variable")
        ):
            message = "a step of 1 gradient or more: a rate of 1 is unusually high"
            yield Fault(message, fix=Fix("divide the rate by 100"))

    def _of_optimizer(self, operation: Operation) -> Iterator[Fault]:
        named = operation.keywords.get("learning_rate", operation.keywords.get("lr"))
        rate = named[1] if named else operation.fact(1)
        optimizer = str(operation.fact(0).target)
        usual = USUAL.get(optimizer, math.inf) * (OF_BYTES if operation.words & OF_BYTES_WORDS else 1)
        value = rate.constant
        if value is not None and value >= usual:
            message = f"a learning rate of {value:g} is unusually high for {optimizer}"
            at = next(iter(operation.result.part("learning_rate").traced("rate")), None)
            yield Fault(message, at, Fix(f"start from {USUAL[optimizer] / 50:.1g}"))
        momentum = operation.keywords.get("momentum")
        kept = (momentum[1].constant or 0.0) if momentum else 0.0
        if value is not None and value < usual and 0 < kept < 1 and value / (1 - kept) >= usual * MOMENTUM:
            message = (
                f"with a momentum of {kept:g}, a rate of {value:g} takes steps of {value / (1 - kept):g} gradients"
            )
            yield Fault(message, fix=Fix("divide the rate by 100, or lower the momentum"))

    def excuses(self, operation: Operation) -> Iterator[Trace]:
        if operation.name != "apply_gradients" or operation.fact(0).target not in STEPS_OF_RATE:
            return
        rate = operation.fact(0).part("learning_rate").constant
        variables = [one for facts in operation.facts[1:] for one in _variables(facts)]
        known = variables and all(one.high < math.inf for one in variables)
        if rate is not None and known and all(rate <= one.high * SMALL_PART for one in variables):
            yield from operation.fact(0).part("learning_rate").traced("rate")


def _variables(facts: Facts) -> Iterator[Facts]:
    """The variables in lists and pairs."""
    if facts.kind == "variable":
        yield facts
    for _, part in facts.parts:
        yield from _variables(part)
