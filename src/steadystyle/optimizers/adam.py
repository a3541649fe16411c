"""Adam, projected onto the range of a picture."""

from __future__ import annotations

import math
from typing import NamedTuple

import tensorflow as tf

from steadystyle.core.contracts import Optimizer
from steadystyle.core.flow import Measurement, Proposal

BETA_1, BETA_2 = 0.9, 0.99
EPSILON = 1e-8
LIMIT = 1e6


class AdamState(NamedTuple):
    """First and second moment of the gradient, (1, H, W, 3) float32; of how many gradients, and their largest entry."""

    first: tf.Tensor
    second: tf.Tensor
    gradients: int
    largest: float


class Adam(Optimizer):
    """x ← clip(x - rate · m̂ / (√v̂ + ε), 0, 1).

    Source: Kingma and Ba, ICLR 2015, algorithm 1, with β₂ = 0.99, which suits hundreds of steps, and with the
    projection. The gradient is taken per pixel (times H·W), so that ε and the moments mean the same at every size,
    and its entries are limited to ±1e6 before they are squared: a second moment that overflows to inf would freeze
    the picture without any NaN.
    """

    default_learning_rate = 0.03
    highest_learning_rate = 0.3

    def start(self, image: tf.Tensor) -> AdamState:
        return AdamState(tf.zeros_like(image), tf.zeros_like(image), 0, 0.0)

    def propose(self, measurement: Measurement, state: AdamState, learning_rate: float) -> Proposal:
        count = state.gradients + 1
        gradient = self._limit(measurement.gradient_per_pixel, measurement.image)
        gradient = tf.clip_by_value(gradient, -LIMIT, LIMIT)
        first = BETA_1 * state.first + (1 - BETA_1) * gradient
        second = BETA_2 * state.second + (1 - BETA_2) * tf.square(gradient)
        step = learning_rate * (1 - BETA_2**count) ** 0.5 / (1 - BETA_1**count)
        image = measurement.image - step * first / (tf.sqrt(second) + EPSILON)
        largest = max(state.largest, float(tf.reduce_max(tf.abs(gradient))))
        return Proposal(tf.clip_by_value(image, 0.0, 1.0), AdamState(first, second, count, largest))

    def is_sound(self, state: AdamState) -> bool:
        """Each pixel's first moment is bounded by its second, by Cauchy and Schwarz: m² ≤ v (1-β₁)²/(1-β₂) Σ (β₁²/β₂)ⁱ,
        and the second by the largest entry, v ≤ max g²; nothing that is not finite or negative passes.
        """
        share = (1 - BETA_1) ** 2 / (1 - BETA_2) / (1 - BETA_1**2 / BETA_2)
        bounded = tf.reduce_all(tf.square(state.first) <= 1.01 * share * state.second + 1e-30)
        return bool(bounded) and float(tf.reduce_max(state.second)) <= 1.01 * state.largest**2 < math.inf

    def rescale(self, state: AdamState, image: tf.Tensor) -> AdamState:
        """Both moments at the new size, bilinearly, which keeps the second one positive."""
        first, second = (
            tf.image.resize(moment, tf.shape(image)[1:3], antialias=True) for moment in (state.first, state.second)
        )
        return AdamState(first, second, state.gradients, state.largest)
