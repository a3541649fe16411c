"""Clip the gradient."""

from __future__ import annotations

import tensorflow as tf

from steadystyle.core import safe_math
from steadystyle.core.contracts import Remedy
from steadystyle.core.finite import all_finite
from steadystyle.core.flow import Fault, Treatment
from steadystyle.guard.checks.vanished_gradient import NOTHING

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
        if fault.verdict.where != "gradient" or fault.last is None or not usable or rejected.gradient_norm < NOTHING:
            return None
        finite = tf.math.is_finite(rejected.gradient)
        if tf.reduce_mean(tf.cast(finite, tf.float32)) < 1 - FEW:
            return None
        longest = float(fault.last.gradient_norm)
        root_mean_square = longest / rejected.gradient.shape.num_elements() ** 0.5
        gradient = safe_math.limited(tf.where(finite, rejected.gradient, 0.0), root_mean_square)
        clipped = rejected._replace(gradient=gradient, gradient_norm=safe_math.norm(gradient))
        proposal = fault.propose(clipped, fault.proposal.state, fault.learning_rate * fault.rate_factor)
        return Treatment(proposal, fault.rate_factor, "clipped the gradient", f"its norm is {longest:.3g} at most")
