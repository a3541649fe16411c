"""What L-BFGS does to a picture that is treated at once: one graph for each step's operations."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from steadystyle.core import safe_math
from steadystyle.core.contracts import Limit
from steadystyle.core.flow import Measurement
from steadystyle.optimizers._spectrum import smooth, stiffness

MEMORY = 10
"""Pairs of a step and the change of the gradient along it, at most."""
FIRST_STEP = 0.03
"""Root mean square of the first step, before any curvature is known, in units of the picture's range."""
LARGEST = 1e3
"""What a direction may say of a pixel, in units of the picture's range."""
LEAST_CURVATURE = 1e-8
"""Of a pair that is kept, beside the product of its lengths."""


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


_PICTURE, _ROWS, _NUMBER = (tf.TensorSpec(shape) for shape in ([1, None, None, None], [None, None], []))


def _graph(*signature: tf.TensorSpec) -> Any:
    """A function whose operations run as one graph, which is made once: dozens of small ones cost more one by one."""
    return tf.function(input_signature=signature, autograph=False)


@_graph(_PICTURE, _PICTURE, _NUMBER)
def moved(image: tf.Tensor, direction: tf.Tensor, length: tf.Tensor) -> tf.Tensor:
    """So far along the direction, and inside the bounds."""
    return tf.clip_by_value(image + length * direction, 0.0, 1.0)


@_graph(_PICTURE, _PICTURE, _PICTURE)
def slope(gradient: tf.Tensor, base: tf.Tensor, image: tf.Tensor) -> tf.Tensor:
    """Along the step that the bounds allowed."""
    return tf.reduce_sum(gradient * (image - base))


def curves_upward(curvature: Curvature) -> bool:
    """Along each step that is kept."""
    products = curvature.products
    return bool(np.isfinite(products).all() and (products.diagonal() > 0).all())


def with_pair(curvature: Curvature | None, base: Measurement, measurement: Measurement, most: int) -> Curvature | None:
    """The step and the change of the gradient too, if the loss curves upward along the step; the `most` last are kept,
    which are `MEMORY` here.
    """
    step, change, products = _pair(
        measurement.image, base.image, measurement.gradient_per_pixel, base.gradient_per_pixel
    )
    along, length, size = np.asarray(products).tolist()
    if not (along > LEAST_CURVATURE * math.sqrt(length * size) > 0):
        return curvature
    if curvature is None:
        return Curvature(step, change, np.array([[along]]))
    kept = slice(1 - MEMORY, None)
    steps, changes, of_steps, of_changes = _appended(curvature.steps, curvature.changes, step, change)
    products = np.empty((len(steps), len(steps)))
    products[:-1, :-1] = curvature.products[kept, kept]
    products[:, -1], products[-1, :] = of_steps, of_changes
    return Curvature(steps, changes, products)


def newton_direction(measurement: Measurement, curvature: Curvature, limit: Limit) -> tf.Tensor | None:
    """Downhill, scaled by the curvature, zero where a bound holds the pixel; None if the pairs do not lead downhill."""
    gradient, image = measurement.gradient_per_pixel, measurement.image
    direction, slope, largest = _newton_step(limit(gradient, image), gradient, image, *curvature)
    return direction if -math.inf < float(slope) < 0 and float(largest) <= LARGEST else None


def steepest(measurement: Measurement, limit: Limit) -> tf.Tensor:
    """Downhill, smoothed, of a length that suits a first step; zero where a bound holds the pixel."""
    gradient, image = measurement.gradient_per_pixel, measurement.image
    direction: tf.Tensor = _steepest_step(limit(gradient, image), gradient, image)
    return direction


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


def open_to_change(image: tf.Tensor, gradient: tf.Tensor) -> tf.Tensor:
    """1 where a pixel may follow the gradient, 0 where a bound holds it."""
    return tf.where(((image <= 0) & (gradient > 0)) | ((image >= 1) & (gradient < 0)), 0.0, 1.0)


@_graph(_PICTURE, _PICTURE, _PICTURE)
def _steepest_step(limited: tf.Tensor, gradient: tf.Tensor, image: tf.Tensor) -> tf.Tensor:
    free = open_to_change(image, gradient)
    limited *= free
    # Only its direction counts: scaled, a gradient of 1e38 has a norm too.
    steepest = free * smooth(safe_math.divide(limited, tf.reduce_max(tf.abs(limited)), floor=1e-30))
    root_mean_square = tf.sqrt(tf.reduce_mean(tf.square(steepest)))
    return -steepest * FIRST_STEP / tf.maximum(root_mean_square, 1e-30)


@_graph(_PICTURE, _PICTURE, _PICTURE, _ROWS, _ROWS, tf.TensorSpec([None, None], tf.float64))
def _newton_step(
    limited: tf.Tensor, gradient: tf.Tensor, image: tf.Tensor, steps: tf.Tensor, changes: tf.Tensor, products: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """The direction, its slope and its largest entry. The first guess at the inverse Hessian is `smooth` times a scale.

    Each of the two loops over the pairs solves a triangular system, so here they are two solves.
    """
    free = open_to_change(image, gradient)
    limited *= free
    shape, upper = tf.shape(limited), tf.linalg.band_part(products, 0, -1)
    diagonal = tf.linalg.diag_part(products)[:, tf.newaxis]

    factors = tf.linalg.triangular_solve(upper, _onto(steps, tf.reshape(limited, [1, -1])), lower=False)
    remainder = limited - tf.reshape(_combine(factors, changes), shape)

    newest = tf.reshape(changes[-1], shape)
    scale = safe_math.divide(diagonal[-1, 0], tf.cast(stiffness(newest), tf.float64))
    smoothed = tf.cast(scale, tf.float32) * smooth(remainder)

    onto_changes = _onto(changes, tf.reshape(smoothed, [1, -1]))
    along = tf.linalg.triangular_solve(upper, diagonal * factors - onto_changes, lower=False, adjoint=True)
    direction = -free * (smoothed + tf.reshape(_combine(along, steps), shape))
    return direction, tf.reduce_sum(direction * gradient), tf.reduce_max(tf.abs(direction))
