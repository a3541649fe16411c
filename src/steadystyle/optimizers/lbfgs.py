"""L-BFGS inside the range of a picture: curvature from the last few gradients makes few steps go far."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from steadystyle.core import safe_math
from steadystyle.core.contracts import Optimizer
from steadystyle.core.flow import Measurement, Proposal
from steadystyle.optimizers._resize import resize_field
from steadystyle.optimizers._spectrum import smooth

MEMORY = 10
FIRST_STEP = 0.03
"""Root mean square of the first step, before any curvature is known, in units of the picture's range."""
SUFFICIENT_DECREASE = 1e-4
SHORTEST = 1e-4
"""A line search that comes this far down forgets the curvature and starts again along the gradient."""


class LbfgsState(NamedTuple):
    """Where the line search stands: its base point, the direction, the length being tried; and the curvature pairs."""

    base: Measurement | None
    direction: tf.Tensor
    length: float
    steps: tuple[tf.Tensor, ...]
    gradient_changes: tuple[tf.Tensor, ...]


class Lbfgs(Optimizer):
    """Limited-memory BFGS on the pixels that are free to move, with a backtracking line search along the projected
    path.

    Each call sees one measurement. If it lowers the loss enough (Armijo, on the step actually taken) it becomes the
    new base and a curvature pair; else a shorter step from the old base is proposed. The picture is never clamped
    behind the method's back: pixels at a bound whose gradient pushes outward are taken out of the problem for that
    step, and pairs are made from pictures that are inside the bounds.

    Source: Nocedal and Wright, "Numerical Optimization", 2nd ed., algorithms 7.4 and 3.1; the open pixels from
    Bertsekas, "Projected Newton methods", SIAM J. Control Optim. 1982; dot products in one matrix product after Chen
    et al., "Large-scale L-BFGS using MapReduce", NeurIPS 2014. We leave them in the first guess at the inverse
    Hessian, which is `smooth` times a scale instead of the scale alone.
    """

    default_learning_rate = 1.0

    def start(self, image: tf.Tensor) -> LbfgsState:
        return LbfgsState(None, tf.zeros_like(image), 1.0, (), ())

    def propose(self, measurement: Measurement, state: LbfgsState, learning_rate: float) -> Proposal:
        base = state.base
        if base is not None and not _decreased(base, measurement, state.direction):
            shorter = _shorter_length(base, measurement, state)
            if shorter >= SHORTEST:
                return _along(state._replace(length=shorter), shorter * min(1.0, learning_rate))
            state = state._replace(steps=(), gradient_changes=())
            measurement = base
        elif base is not None:
            state = _with_pair(state, base, measurement)
        direction = _direction(measurement, state)
        return _along(state._replace(base=measurement, direction=direction, length=1.0), learning_rate)

    def rescale(self, state: LbfgsState, image: tf.Tensor) -> LbfgsState:
        """Pairs at the new size: in the gradient per pixel, which they are made of, their curvature stays."""
        return LbfgsState(
            None,
            tf.zeros_like(image),
            1.0,
            tuple(resize_field(step, image) for step in state.steps),
            tuple(resize_field(change, image) for change in state.gradient_changes),
        )


def _along(state: LbfgsState, length: float) -> Proposal:
    assert state.base is not None
    return Proposal(tf.clip_by_value(state.base.image + length * state.direction, 0.0, 1.0), state)


def _per_pixel(measurement: Measurement) -> tf.Tensor:
    """The gradient times H·W: of the same magnitude at every size, so that pairs can be carried between sizes."""
    return measurement.gradient * tf.cast(tf.size(measurement.image[..., 0]), tf.float32)


def _decreased(base: Measurement, trial: Measurement, direction: tf.Tensor) -> bool:
    """Armijo's condition with the slope along the step that the bounds allowed; a NaN fails it."""
    slope = tf.reduce_sum(base.gradient * (trial.image - base.image))
    return bool(trial.loss <= base.loss + SUFFICIENT_DECREASE * tf.minimum(slope, 0.0))


def _shorter_length(base: Measurement, trial: Measurement, state: LbfgsState) -> float:
    """The minimum of the parabola through both losses and the slope, kept within [0.1, 0.5] of the length tried."""
    slope = float(tf.reduce_sum(base.gradient * (trial.image - base.image)))
    rise = float(trial.loss) - float(base.loss) - slope
    share = -slope / (2 * rise) if rise > 0 and np.isfinite(rise) else 0.5
    return state.length * min(0.5, max(0.1, share))


def _with_pair(state: LbfgsState, base: Measurement, measurement: Measurement) -> LbfgsState:
    """Store the step and the change of the gradient if the loss curves upward along the step."""
    step = measurement.image - base.image
    change = _per_pixel(measurement) - _per_pixel(base)
    curvature, length, size = (
        float(tf.reduce_sum(product)) for product in (step * change, step * step, change * change)
    )
    if not (curvature > 1e-8 * np.sqrt(length * size) > 0):
        return state
    return state._replace(
        steps=(*state.steps, step)[-MEMORY:], gradient_changes=(*state.gradient_changes, change)[-MEMORY:]
    )


def _direction(measurement: Measurement, state: LbfgsState) -> tf.Tensor:
    """Downhill, scaled by the curvature pairs, zero where a bound holds the pixel."""
    gradient = _per_pixel(measurement)
    held = ((measurement.image <= 0) & (gradient > 0)) | ((measurement.image >= 1) & (gradient < 0))
    open_to_change = tf.where(held, 0.0, 1.0)
    if state.steps:
        direction = _newton_direction(gradient, open_to_change, state)
        slope = tf.reduce_sum(direction * gradient)
        if slope < 0 and tf.math.is_finite(slope):
            return direction
    steepest = open_to_change * smooth(open_to_change * gradient)
    root_mean_square = tf.sqrt(tf.reduce_mean(tf.square(steepest)))
    return -steepest * FIRST_STEP / tf.maximum(root_mean_square, 1e-30)


def _newton_direction(gradient: tf.Tensor, open_to_change: tf.Tensor, state: LbfgsState) -> tf.Tensor:
    """The two loops, on the pixels that are open to change, with `smooth` as the first guess at the inverse Hessian."""
    pairs = len(state.steps)
    basis = tf.stack([tf.reshape(part, [-1]) for part in (*state.steps, *state.gradient_changes, gradient)])
    basis *= tf.reshape(open_to_change, [1, -1])
    products = tf.matmul(basis, basis, transpose_b=True).numpy().astype(np.float64)
    curvatures = products[range(pairs), range(pairs, 2 * pairs)]
    lengths = np.sqrt(products.diagonal()[:pairs] * products.diagonal()[pairs : 2 * pairs])
    usable = np.flatnonzero(curvatures > 1e-8 * lengths)

    remainder = np.zeros(2 * pairs + 1)
    remainder[-1] = 1.0
    factors = np.zeros(pairs)
    for i in usable[::-1]:
        factors[i] = remainder @ products[:, i] / curvatures[i]
        remainder[pairs + i] -= factors[i]

    newest = usable[-1] if len(usable) else pairs - 1
    both = tf.matmul(np.stack([remainder, np.eye(2 * pairs + 1)[pairs + newest]]).astype(np.float32), basis)
    both = open_to_change * smooth(tf.reshape(both, [2, *gradient.shape[1:]]))
    smoothed = tf.reshape(both[0], [-1, 1])
    scale = float(safe_math.divide(curvatures[newest], float(tf.reduce_sum(both[1] * state.gradient_changes[newest]))))
    onto = scale * tf.matmul(basis, smoothed).numpy()[:, 0].astype(np.float64)
    along = np.zeros(pairs)
    for i in usable:
        along[i] = factors[i] - (onto[pairs + i] + along @ products[:pairs, pairs + i]) / curvatures[i]
    direction = scale * smoothed + tf.matmul(basis[:pairs], along[:, np.newaxis].astype(np.float32), transpose_a=True)
    return -tf.reshape(direction, tf.shape(gradient))
