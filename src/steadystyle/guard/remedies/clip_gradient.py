"""Clip the gradient."""

from __future__ import annotations

import tensorflow as tf

from steadystyle.core import safe_math
from steadystyle.core.contracts import Remedy
from steadystyle.core.finite import all_finite
from steadystyle.core.flow import Fault, Treatment

FEW = 0.1
"""Of the entries; where more are not finite, their neighbours are not to be trusted either."""


class ClipGradient(Remedy):
    """Where the loss is finite and only the gradient has exploded, a step along it, no longer than the last good one.

    Entries that are not finite count as 0, one by one: `tf.clip_by_global_norm` makes all of them NaN for the sake of
    one, and 0 where the norm overflows.
    """

    order, tries = 45, 2

    def treat(self, fault: Fault) -> Treatment | None:
        rejected = fault.rejected
        usable = all_finite(tf.stack([rejected.loss, *rejected.health.values()])) and all_finite(rejected.image)
        if fault.verdict.where != "gradient" or fault.last is None or not usable or rejected.gradient_norm < 1e-15:
            return None
        finite = tf.math.is_finite(rejected.gradient)
        if tf.reduce_mean(tf.cast(finite, tf.float32)) < 1 - FEW:
            return None
        gradient = tf.where(finite, rejected.gradient, 0.0)
        largest = tf.maximum(tf.reduce_max(tf.abs(gradient)), safe_math.TINY)
        gradient, longest = gradient / largest, fault.last.gradient_norm  # whose norm cannot overflow
        gradient *= safe_math.divide(tf.minimum(longest, largest * safe_math.norm(gradient)), safe_math.norm(gradient))
        clipped = rejected._replace(gradient=gradient, gradient_norm=safe_math.norm(gradient))
        proposal = fault.propose(clipped, fault.proposal.state, fault.learning_rate * fault.rate_factor)
        return Treatment(
            proposal, fault.rate_factor, "clipped the gradient", f"its norm is {float(longest):.3g} at most"
        )
