"""L-BFGS inside the range of a picture: curvature from the last few gradients makes few steps go far."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from steadystyle.core import safe_math
from steadystyle.core.contracts import Limit, Optimizer
from steadystyle.core.flow import Measurement, Proposal
from steadystyle.optimizers._spectrum import smooth

MEMORY = 10
FIRST_STEP = 0.03
"""Root mean square of the first step, before any curvature is known, in units of the picture's range."""
LARGEST = 1e3
"""What a direction may say of a pixel, in units of the picture's range."""
SUFFICIENT_DECREASE = 1e-4
LONGER = 2.0
"""A search starts at the learning rate, but no further than this times the length that the one before it found, or than
the natural length of 1: a rate that is far too high costs one long search, and not one at each step.
"""
SHORTEST = 1e-4
"""A line search that comes this far down forgets the curvature and starts again along the gradient."""


class Curvature(NamedTuple):
    """What the last steps showed: k steps and the changes of the gradient along them, oldest first, each of n numbers.

    Attributes:
        steps: (k, n) float32.
        changes: (k, n) float32.
        products: (k, k) float64, steps[i] · changes[j]; on the diagonal the curvatures, all positive.
    """

    steps: tf.Tensor
    changes: tf.Tensor
    products: np.ndarray


class LbfgsState(NamedTuple):
    """Where the line search stands: its base point, the direction, and the length being tried; and the curvature."""

    base: Measurement | None
    direction: tf.Tensor
    length: float
    curvature: Curvature | None


class Lbfgs(Optimizer):
    """Limited-memory BFGS on the pixels that are free to move, with a backtracking line search along the projected
    path.

    Each call sees one measurement. If it lowers the loss enough (Armijo, on the step actually taken) it becomes the
    new base and a curvature pair; else a shorter step from the old base is proposed. The picture is never clamped
    behind the method's back: pixels at a bound whose gradient pushes outward are taken out of the problem for that
    step, and pairs are made from pictures that are inside the bounds. A limit to the gradient shortens the direction
    that is searched along; pairs and slopes are made from the true gradients, as clipped ones would tell of a curvature
    that is not there. The first step has a length of its own, so of a limit it keeps the direction only.

    Source: Nocedal and Wright, "Numerical Optimization", 2nd ed., algorithms 7.4 and 3.1; the open pixels from
    Bertsekas, "Projected Newton methods", SIAM J. Control Optim. 1982. We leave them in the first guess at
    the inverse Hessian, which is `smooth` times a scale instead of the scale alone.
    """

    default_learning_rate = 1.0
    highest_learning_rate = 3.0

    def start(self, image: tf.Tensor) -> LbfgsState:
        return LbfgsState(None, tf.zeros_like(image), 1.0, None)

    def propose(self, measurement: Measurement, state: LbfgsState, learning_rate: float) -> Proposal:
        base = state.base
        if base is not None and not _decreased(base, measurement):
            shorter = _shorter_length(base, measurement, state)
            if shorter >= SHORTEST:
                return _along(state._replace(length=shorter), shorter * min(1.0, learning_rate))
            state = state._replace(curvature=None)
            measurement = base
        elif base is not None:
            state = _with_pair(state, base, measurement)
        direction = _newton_direction(measurement, state, self._limit)
        if direction is None:
            state = state._replace(curvature=None)  # pairs that do not lead downhill are of no use later either
            direction = _steepest(measurement, self._limit)
        longest = math.inf if base is None else max(1.0, LONGER * state.length)
        length = min(learning_rate, longest)
        return _along(state._replace(base=measurement, direction=direction, length=length), length)

    def is_sound(self, state: LbfgsState) -> bool:
        """The base of the line search is a possible measurement, its length finite, its direction not out of all
        proportion, and the curvatures are positive. Pairs that are damaged otherwise are found when they are used.
        """
        base, curvature = state.base, state.curvature
        possible = math.isfinite(state.length) and _within(state.direction, -LARGEST, LARGEST)
        if base is not None:
            norm = float(base.gradient_norm) * (1 + 1e-5)  # no entry of the gradient is larger
            possible &= math.isfinite(float(base.loss)) and math.isfinite(norm)
            possible &= _within(base.gradient, -norm, norm) and _within(base.image, 0, 1)
        if curvature is not None:
            diagonal = curvature.products.diagonal()
            possible &= bool(np.isfinite(curvature.products).all() and (diagonal > 0).all())
        return possible

    def rescale(self, state: LbfgsState, image: tf.Tensor) -> LbfgsState:
        """A fresh state: pairs carried over to another size were tried, and slowed the first ten steps there."""
        return self.start(image)


def _within(tensor: tf.Tensor, lowest: float, highest: float) -> bool:
    """Whether all numbers are; a NaN is not. NumPy's extremes keep it, which TensorFlow's may lose, and cost less."""
    array = np.asarray(tensor)
    return bool(lowest <= array.min() and array.max() <= highest)


def _along(state: LbfgsState, length: float) -> Proposal:
    assert state.base is not None
    return Proposal(tf.clip_by_value(state.base.image + length * state.direction, 0.0, 1.0), state)


def _decreased(base: Measurement, trial: Measurement) -> bool:
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
    step = tf.reshape(measurement.image - base.image, [1, -1])
    change = tf.reshape(measurement.gradient_per_pixel - base.gradient_per_pixel, [1, -1])
    curvature, length, size = (
        float(tf.reduce_sum(product)) for product in (step * change, step * step, change * change)
    )
    if not (curvature > 1e-8 * np.sqrt(length * size) > 0):
        return state
    if state.curvature is None:
        return state._replace(curvature=Curvature(step, change, np.array([[curvature]])))
    kept = slice(1 - MEMORY, None)
    steps = tf.concat([state.curvature.steps[kept], step], 0)
    changes = tf.concat([state.curvature.changes[kept], change], 0)
    products = np.empty((len(steps), len(steps)))
    products[:-1, :-1] = state.curvature.products[kept, kept]
    products[:, -1], products[-1, :] = _onto(steps, change), _onto(changes, step)
    return state._replace(curvature=Curvature(steps, changes, products))


def _onto(rows: tf.Tensor, vector: tf.Tensor) -> np.ndarray:
    """The dot product of each row (k, n) with a vector (1, n)."""
    return np.asarray(tf.matmul(rows, vector, transpose_b=True))[:, 0].astype(np.float64)


def _combine(factors: np.ndarray, rows: tf.Tensor) -> tf.Tensor:
    """The sum of rows (k, n) times factors (k,), as (1, n)."""
    return tf.matmul(factors[np.newaxis].astype(np.float32), rows)


def _open_to_change(measurement: Measurement) -> tf.Tensor:
    """1 where a pixel may follow the gradient, 0 where a bound holds it."""
    image, gradient = measurement.image, measurement.gradient
    return tf.where(((image <= 0) & (gradient > 0)) | ((image >= 1) & (gradient < 0)), 0.0, 1.0)


def _newton_direction(measurement: Measurement, state: LbfgsState, limit: Limit) -> tf.Tensor | None:
    """Downhill, scaled by the curvature, zero where a bound holds the pixel; None if the pairs do not lead downhill."""
    if state.curvature is None:
        return None
    gradient, open_to_change = measurement.gradient_per_pixel, _open_to_change(measurement)
    limited = limit(gradient, measurement.image)
    with np.errstate(all="ignore"):  # damaged pairs overflow; what comes of them is looked at below
        direction = -open_to_change * _newton_step(open_to_change * limited, state.curvature)
    slope = tf.reduce_sum(direction * gradient)
    sound = slope < 0 and tf.math.is_finite(slope) and tf.norm(direction, np.inf) <= LARGEST
    return direction if sound else None


def _steepest(measurement: Measurement, limit: Limit) -> tf.Tensor:
    """Downhill, smoothed, of a length that suits a first step; zero where a bound holds the pixel."""
    open_to_change = _open_to_change(measurement)
    limited = open_to_change * limit(measurement.gradient_per_pixel, measurement.image)
    # Only its direction counts: scaled, a gradient of 1e38 has a norm too.
    steepest = open_to_change * smooth(safe_math.divide(limited, tf.reduce_max(tf.abs(limited)), floor=1e-30))
    root_mean_square = tf.sqrt(tf.reduce_mean(tf.square(steepest)))
    return -steepest * FIRST_STEP / tf.maximum(root_mean_square, 1e-30)


def _newton_step(gradient: tf.Tensor, curvature: Curvature) -> tf.Tensor:
    """The two loops over the pairs, with `smooth` times a scale as the first guess at the inverse Hessian."""
    steps, changes, products = curvature
    diagonal = products.diagonal()
    pairs = range(len(diagonal))

    onto_steps = _onto(steps, tf.reshape(gradient, [1, -1]))
    factors = np.zeros(len(diagonal))
    for i in reversed(pairs):
        factors[i] = (onto_steps[i] - products[i] @ factors) / diagonal[i]
    remainder = gradient - tf.reshape(_combine(factors, changes), tf.shape(gradient))

    newest = tf.reshape(changes[-1], tf.shape(gradient))
    smoothed, smoothed_newest = tf.split(smooth(tf.concat([remainder, newest], 0)), 2)
    scale = float(safe_math.divide(diagonal[-1], float(tf.reduce_sum(smoothed_newest * newest))))

    onto_changes = scale * _onto(changes, tf.reshape(smoothed, [1, -1]))
    along = np.zeros(len(diagonal))
    for i in pairs:
        along[i] = factors[i] - (onto_changes[i] + along @ products[:, i]) / diagonal[i]
    return scale * smoothed + tf.reshape(_combine(along, steps), tf.shape(gradient))
