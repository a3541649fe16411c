"""Adam, projected onto the range of a picture."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from steadystyle.core import strips
from steadystyle.core.aligned import blank
from steadystyle.core.contracts import Optimizer, as_it_is
from steadystyle.core.flow import Measurement, Proposal

BETA_1, BETA_2 = 0.9, 0.99
EPSILON = 1e-8
LIMIT = 1e6


class AdamState(NamedTuple):
    """First and second moment of the gradient, (1, H, W, 3) float32; of how many gradients, their largest entry, and
    the picture of the last of them, which does not count twice where a step from there is made again.
    """

    first: tf.Tensor
    second: tf.Tensor
    gradients: int
    largest: float
    at: tf.Tensor | None = None


class Adam(Optimizer):
    """x ← clip(x - rate · m̂ / (√v̂ + ε), 0, 1).

    Source: Kingma and Ba, ICLR 2015, algorithm 1, with β₂ = 0.99, which suits hundreds of steps, and with the
    projection. The gradient is taken per pixel (times H·W), so that ε and the moments mean the same at every size,
    and its entries are limited to ±1e6 before they are squared: a second moment that overflows to inf would freeze
    the picture without any NaN.
    """

    default_learning_rate = 0.03
    highest_learning_rate = 0.3
    bytes_of_state = 48.0  # both moments, while new ones are made of them

    def start(self, image: tf.Tensor) -> AdamState:
        first, second = strips.each(lambda part: (tf.zeros_like(part), tf.zeros_like(part)), image)
        return AdamState(first, second, 0, 0.0)

    def propose(self, measurement: Measurement, state: AdamState, learning_rate: float) -> Proposal:
        if state.at is not measurement.image:
            state = self._with_gradient(state, measurement)
        count = state.gradients
        step = learning_rate * (1 - BETA_2**count) ** 0.5 / (1 - BETA_1**count)

        def moved(image: tf.Tensor, first: tf.Tensor, second: tf.Tensor) -> tuple[tf.Tensor]:
            return (tf.clip_by_value(image - step * first / (tf.sqrt(second) + EPSILON), 0.0, 1.0),)

        (image,) = strips.each(moved, measurement.image, state.first, state.second)
        return Proposal(image, state)

    def _with_gradient(self, state: AdamState, measurement: Measurement) -> AdamState:
        gradient, pixels = measurement.gradient, measurement.pixels
        if self.limit is not as_it_is:
            gradient, pixels = self.limit(measurement.gradient_per_pixel, measurement.image), tf.constant(1.0)

        def moments(gradient: tf.Tensor, first: tf.Tensor, second: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            gradient = tf.clip_by_value(gradient * pixels, -LIMIT, LIMIT)
            first = BETA_1 * first + (1 - BETA_1) * gradient
            return first, BETA_2 * second + (1 - BETA_2) * tf.square(gradient)

        first, second = strips.each(moments, gradient, state.first, state.second)
        largest = strips.largest(lambda part: tf.reduce_max(tf.abs(part * pixels)), gradient)
        return AdamState(first, second, state.gradients + 1, max(state.largest, min(largest, LIMIT)), measurement.image)

    def is_sound(self, state: AdamState) -> bool:
        """Each pixel's first moment is bounded by its second, by Cauchy and Schwarz: m² ≤ v (1-β₁)²/(1-β₂) Σ (β₁²/β₂)ⁱ,
        and the second by the largest entry, v ≤ max g²; nothing that is not finite or negative passes.
        """
        share = (1 - BETA_1) ** 2 / (1 - BETA_2) / (1 - BETA_1**2 / BETA_2)

        def unbounded(first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
            bounded = tf.reduce_all(tf.square(first) <= 1.01 * share * second + 1e-30)
            return tf.where(bounded, tf.reduce_max(second), math.inf)

        return strips.largest(unbounded, state.first, state.second) <= 1.01 * state.largest**2 < math.inf

    def rescale(self, state: AdamState, image: tf.Tensor) -> AdamState:
        """Both moments at the new size, bilinearly, which keeps the second one positive."""
        first, second = (_resized(moment, *image.shape[1:3]) for moment in (state.first, state.second))
        return AdamState(first, second, state.gradients, state.largest)


def _resized(moment: tf.Tensor, height: int, width: int) -> tf.Tensor:
    """(1, H, W, 3) at another size, a channel at a time where it is large."""
    if not strips.is_large(height, width):
        return tf.image.resize(moment, [height, width], antialias=True)
    whole = blank((1, height, width, moment.shape[-1]))
    for channel in range(moment.shape[-1]):
        plane = np.asarray(moment)[..., channel, np.newaxis]
        whole[..., channel] = tf.image.resize(plane, [height, width], antialias=True)[..., 0]
    return strips.adopted(whole)
