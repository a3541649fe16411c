"""L-BFGS inside the range of a picture: curvature from the last few gradients makes few steps go far."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from steadystyle.core import safe_math
from steadystyle.core.contracts import Optimizer
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
        if base is not None:
            slope = _slope(base.gradient, base.image, measurement.image)
            if _decreased(base, measurement, slope):
                state = _with_pair(state, base, measurement)
            else:
                shorter = state.length * _shorter(float(measurement.loss) - float(base.loss), float(slope))
                if shorter >= SHORTEST:
                    return _along(state._replace(length=shorter), shorter * min(1.0, learning_rate))
                state = state._replace(curvature=None)
                measurement = base
        gradient = measurement.gradient_per_pixel
        limited = self._limit(gradient, measurement.image)
        direction = _newton_direction(limited, gradient, measurement.image, state.curvature)
        if direction is None:
            state = state._replace(curvature=None)  # pairs that do not lead downhill are of no use later either
            direction = _steepest(limited, gradient, measurement.image)
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
        return possible and (curvature is None or _curves_upward(curvature))

    def rescale(self, state: LbfgsState, image: tf.Tensor) -> LbfgsState:
        """A fresh state: pairs carried over to another size were tried, and slowed the first ten steps there."""
        return self.start(image)


_PICTURE, _ROWS, _NUMBER = (tf.TensorSpec(shape) for shape in ([1, None, None, None], [None, None], []))


def _graph(*signature: tf.TensorSpec) -> Any:
    """A function whose operations run as one graph, which is made once: dozens of small ones cost more one by one."""
    return tf.function(input_signature=signature, autograph=False)


def _within(tensor: tf.Tensor, lowest: float, highest: float) -> bool:
    """Whether all numbers are; a NaN is not. NumPy's extremes keep it, which TensorFlow's may lose, and cost less."""
    array = np.asarray(tensor)
    return bool(lowest <= array.min() and array.max() <= highest)


def _along(state: LbfgsState, length: float) -> Proposal:
    assert state.base is not None
    return Proposal(_moved(state.base.image, state.direction, length), state)


@_graph(_PICTURE, _PICTURE, _NUMBER)
def _moved(image: tf.Tensor, direction: tf.Tensor, length: tf.Tensor) -> tf.Tensor:
    return tf.clip_by_value(image + length * direction, 0.0, 1.0)


@_graph(_PICTURE, _PICTURE, _PICTURE)
def _slope(gradient: tf.Tensor, base: tf.Tensor, image: tf.Tensor) -> tf.Tensor:
    """Along the step that the bounds allowed."""
    return tf.reduce_sum(gradient * (image - base))


def _decreased(base: Measurement, trial: Measurement, slope: tf.Tensor) -> bool:
    """Armijo's condition; a NaN fails it."""
    return bool(trial.loss <= base.loss + SUFFICIENT_DECREASE * tf.minimum(slope, 0.0))


def _shorter(rise: float, slope: float) -> float:
    """The minimum of the parabola through both losses and the slope, within [0.1, 0.5] of the length tried."""
    bend = rise - slope
    share = -slope / (2 * bend) if bend > 0 and math.isfinite(bend) else 0.5
    return min(0.5, max(0.1, share))


def _curves_upward(curvature: Curvature) -> bool:
    products = curvature.products
    return bool(np.isfinite(products).all() and (products.diagonal() > 0).all())


def _with_pair(state: LbfgsState, base: Measurement, measurement: Measurement) -> LbfgsState:
    """Store the step and the change of the gradient if the loss curves upward along the step."""
    step, change, products = _pair(
        measurement.image, base.image, measurement.gradient_per_pixel, base.gradient_per_pixel
    )
    curvature, length, size = np.asarray(products).tolist()
    if not (curvature > 1e-8 * math.sqrt(length * size) > 0):
        return state
    if state.curvature is None:
        return state._replace(curvature=Curvature(step, change, np.array([[curvature]])))
    kept = slice(1 - MEMORY, None)
    steps, changes, of_steps, of_changes = _appended(state.curvature.steps, state.curvature.changes, step, change)
    products = np.empty((len(steps), len(steps)))
    products[:-1, :-1] = state.curvature.products[kept, kept]
    products[:, -1], products[-1, :] = of_steps, of_changes
    return state._replace(curvature=Curvature(steps, changes, products))


@_graph(_PICTURE, _PICTURE, _PICTURE, _PICTURE)
def _pair(
    image: tf.Tensor, base: tf.Tensor, gradient: tf.Tensor, base_gradient: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """The step (1, n), the change of the gradient (1, n), and step · change, step · step and change · change."""
    step, change = (tf.reshape(x, [1, -1]) for x in (image - base, gradient - base_gradient))
    return step, change, tf.stack([tf.reduce_sum(x) for x in (step * change, step * step, change * change)])


@_graph(_ROWS, _ROWS, _ROWS, _ROWS)
def _appended(
    steps: tf.Tensor, changes: tf.Tensor, step: tf.Tensor, change: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
    """Both with one row more, without the oldest if they are too many; and each row dotted with the other's newest."""
    steps = tf.concat([steps[1 - MEMORY :], step], 0)
    changes = tf.concat([changes[1 - MEMORY :], change], 0)
    return steps, changes, _onto(steps, change)[:, 0], _onto(changes, step)[:, 0]


def _onto(rows: tf.Tensor, vector: tf.Tensor) -> tf.Tensor:
    """The dot product of each row (k, n) with a vector (1, n), as (k, 1) float64."""
    return tf.cast(tf.matmul(rows, vector, transpose_b=True), tf.float64)


def _combine(factors: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
    """The sum of rows (k, n) times factors (k, 1), as (1, n)."""
    return tf.matmul(tf.cast(factors, tf.float32), rows, transpose_a=True)


def _open_to_change(image: tf.Tensor, gradient: tf.Tensor) -> tf.Tensor:
    """1 where a pixel may follow the gradient, 0 where a bound holds it."""
    return tf.where(((image <= 0) & (gradient > 0)) | ((image >= 1) & (gradient < 0)), 0.0, 1.0)


def _newton_direction(
    limited: tf.Tensor, gradient: tf.Tensor, image: tf.Tensor, curvature: Curvature | None
) -> tf.Tensor | None:
    """Downhill, scaled by the curvature, zero where a bound holds the pixel; None if the pairs do not lead downhill."""
    if curvature is None or not _curves_upward(curvature):
        return None
    direction, slope, largest = _newton_step(limited, gradient, image, *curvature)
    return direction if -math.inf < float(slope) < 0 and float(largest) <= LARGEST else None


@_graph(_PICTURE, _PICTURE, _PICTURE)
def _steepest(limited: tf.Tensor, gradient: tf.Tensor, image: tf.Tensor) -> tf.Tensor:
    """Downhill, smoothed, of a length that suits a first step; zero where a bound holds the pixel."""
    open_to_change = _open_to_change(image, gradient)
    limited *= open_to_change
    # Only its direction counts: scaled, a gradient of 1e38 has a norm too.
    steepest = open_to_change * smooth(safe_math.divide(limited, tf.reduce_max(tf.abs(limited)), floor=1e-30))
    root_mean_square = tf.sqrt(tf.reduce_mean(tf.square(steepest)))
    return -steepest * FIRST_STEP / tf.maximum(root_mean_square, 1e-30)


@_graph(_PICTURE, _PICTURE, _PICTURE, _ROWS, _ROWS, tf.TensorSpec([None, None], tf.float64))
def _newton_step(
    limited: tf.Tensor, gradient: tf.Tensor, image: tf.Tensor, steps: tf.Tensor, changes: tf.Tensor, products: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """The direction, its slope and its largest entry. The first guess at the inverse Hessian is `smooth` times a scale.

    Each of the two loops over the pairs solves a triangular system, so here they are two solves.
    """
    open_to_change = _open_to_change(image, gradient)
    limited *= open_to_change
    shape, upper = tf.shape(limited), tf.linalg.band_part(products, 0, -1)
    diagonal = tf.linalg.diag_part(products)[:, tf.newaxis]

    factors = tf.linalg.triangular_solve(upper, _onto(steps, tf.reshape(limited, [1, -1])), lower=False)
    remainder = limited - tf.reshape(_combine(factors, changes), shape)

    newest = tf.reshape(changes[-1], shape)
    smoothed, smoothed_newest = tf.split(smooth(tf.concat([remainder, newest], 0)), 2)
    scale = safe_math.divide(diagonal[-1, 0], tf.cast(tf.reduce_sum(smoothed_newest * newest), tf.float64))
    smoothed *= tf.cast(scale, tf.float32)

    onto_changes = _onto(changes, tf.reshape(smoothed, [1, -1]))
    along = tf.linalg.triangular_solve(upper, diagonal * factors - onto_changes, lower=False, adjoint=True)
    direction = -open_to_change * (smoothed + tf.reshape(_combine(along, steps), shape))
    return direction, tf.reduce_sum(direction * gradient), tf.reduce_max(tf.abs(direction))
