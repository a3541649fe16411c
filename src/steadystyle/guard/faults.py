"""What a training step can have wrong, in the order in which it is asked. Loads no TensorFlow."""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """One way in which a step can be bad: the place, the cause's id, and the evidence as a text to fill in."""

    where: str
    cause: str
    evidence: str


FAULTS = (
    Fault("input", "nonfinite-input", "the batch holds NaN or inf, and so does what was computed from it"),
    Fault("weights", "nonfinite-weights", "a weight was not finite before the step: loaded, or assigned by other code"),
    Fault("loss", "unknown", "the loss is {loss:g}"),
    Fault("gradient", "exploding-gradient", "the gradient's norm is {gradient:g} at a finite loss of {loss:g}"),
    Fault("learning rate", "nonfinite-learning-rate", "the learning rate is {rate:g}"),
    Fault("loss", "high-learning-rate", "the loss is {loss:g}, far above every recent one"),
    Fault("gradient", "exploding-gradient", "the gradient's norm is {gradient:g}, far above every recent one"),
    Fault(
        "update",
        "optimizer-state",
        "the gradient is finite (norm {gradient:g}), the update is not: an epsilon of 0, or a slot that overflowed",
    ),
    Fault("update", "high-learning-rate", "the update's norm is {update:g}, far above every recent one"),
)
"""A fault's place here is its number in the graph; the number after the last means that nothing is wrong."""

INPUT, WEIGHTS, LOSS, GRADIENT, RATE, LARGE_LOSS, LARGE_GRADIENT, UPDATE, LARGE_UPDATE, NOTHING = range(len(FAULTS) + 1)

RISE = (1e3, 1e3, 1e2)
"""How many times the recent loss, gradient norm and update norm a step may have. The update's is the smallest because
it depends least on the batch, and because it is the last thing to be seen before the weights change.
"""
FADE = 0.99
"""What a step leaves of the recent maximum: it looks back over some hundred steps."""
SETTLED = 5
"""Good steps before anything can be out of proportion; the first gradients may be 0."""
NEW_LEVEL = 3
"""So many large gradients in a row are no spike; if they do harm, the update shows it."""
NOTHING_YET = 1e-12
"""What is below this has no proportions."""
WIDER = 4.0
"""How much more is allowed after each rejection in a row: what stays large is a new level, not a spike."""
