"""What L-BFGS does to a large picture: the same as at once, a few rows at a time, with as many pairs as there is room
for.
"""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias

import numpy as np
import tensorflow as tf

from steadystyle.core import safe_math, strips
from steadystyle.core.contracts import Limit, as_it_is
from steadystyle.core.flow import Measurement
from steadystyle.optimizers._at_once import FIRST_STEP, LARGEST, LEAST_CURVATURE, open_to_change
from steadystyle.optimizers._spectrum import smooth_plane

Pictures: TypeAlias = tuple[np.ndarray, ...]


class Curvature(NamedTuple):
    """What the last steps showed: k steps and the changes of the gradient along them, oldest first.

    Attributes:
        steps: of (1, H, W, 3) float32 each; none where there is no room for a pair.
        changes: the same.
        products: (k, k) float64, steps[i] · changes[j]; on the diagonal the curvatures, all positive.
        scale: of the first guess at the inverse Hessian: the step length of Barzilai and Borwein, "Two-Point Step Size
            Gradient Methods", IMA J. Numer. Anal. 1988, with `smooth` for a metric.
    """

    steps: Pictures
    changes: Pictures
    products: np.ndarray
    scale: float


def moved(image: tf.Tensor, direction: tf.Tensor, length: float) -> tf.Tensor:
    """So far along the direction, and inside the bounds."""
    (found,) = strips.each(lambda x, d: (tf.clip_by_value(x + length * d, 0.0, 1.0),), image, direction)
    return found


def slope(gradient: tf.Tensor, base: tf.Tensor, image: tf.Tensor) -> tf.Tensor:
    """Along the step that the bounds allowed."""
    return tf.constant(strips.total(lambda g, x, y: tf.reduce_sum(g * (y - x)), gradient, base, image), tf.float32)


def curves_upward(curvature: Curvature) -> bool:
    """Along each step that is kept, and along the last."""
    products, scale = curvature.products, curvature.scale
    return bool(np.isfinite(products).all() and (products.diagonal() > 0).all() and 0 < scale < math.inf)


def with_pair(curvature: Curvature | None, base: Measurement, measurement: Measurement, most: int) -> Curvature | None:
    """The step and the change of the gradient too, if the loss curves upward along the step; the `most` last are
    kept, and where that is none, only what they say of the scale.
    """
    pixels = float(measurement.pixels)
    pair = measurement.image, base.image, measurement.gradient, base.gradient

    def sums(x: tf.Tensor, y: tf.Tensor, g: tf.Tensor, h: tf.Tensor) -> tf.Tensor:
        step, change = x - y, (g - h) * pixels
        return tf.stack([tf.reduce_sum(z) for z in (step * change, tf.square(step), tf.square(change))])

    along, length, size = strips.totals(sums, *pair).tolist()
    if not (along > LEAST_CURVATURE * math.sqrt(length * size) > 0):
        return curvature
    scale = float(safe_math.divide(along, _stiffness(measurement.gradient, base.gradient, pixels)))
    if most == 0:
        return Curvature((), (), np.zeros((0, 0)), scale)
    kept = slice(1 - most, None) if most > 1 else slice(0, 0)
    steps, changes = (curvature.steps[kept], curvature.changes[kept]) if curvature else ((), ())
    steps, changes = (*steps, _difference(*pair[:2], 1.0)), (*changes, _difference(*pair[2:], pixels))
    products = np.empty((len(steps), len(steps)))
    if curvature:
        products[:-1, :-1] = curvature.products[kept, kept]
    products[:, -1], products[-1, :] = _onto(steps, changes[-1]), _onto(changes, steps[-1])
    return Curvature(steps, changes, products, scale)


def newton_direction(measurement: Measurement, curvature: Curvature, limit: Limit) -> tf.Tensor | None:
    """Downhill, scaled by the curvature, zero where a bound holds the pixel; None if the pairs do not lead downhill."""
    steps, changes, products, scale = curvature
    direction = _limited(measurement, limit)
    upper, diagonal = np.triu(products), products.diagonal()
    with np.errstate(all="ignore"):  # damaged pairs overflow; what comes of them is looked at below
        factors = _solved(upper, _onto(steps, direction))
        _add(direction, -factors, changes)
        _smooth(direction)
        along = _solved(upper, diagonal * factors - scale * _onto(changes, direction), adjoint=True)
        direction *= np.float32(scale)
        _add(direction, along, steps)
        largest = _mask(direction, measurement, -1.0)
    found = strips.adopted(direction)
    pixels = float(measurement.pixels)
    steepness = strips.total(lambda d, g: tf.reduce_sum(d * (g * pixels)), found, measurement.gradient)
    return found if -math.inf < steepness < 0 and largest <= LARGEST else None


def steepest(measurement: Measurement, limit: Limit) -> tf.Tensor:
    """Downhill, smoothed, of a length that suits a first step; zero where a bound holds the pixel."""
    direction = _limited(measurement, limit)
    # Only its direction counts: scaled, a gradient of 1e38 has a norm too.
    largest = max(float(direction.max()), -float(direction.min()))
    direction *= np.float32(safe_math.divide(1.0, largest, floor=1e-30))
    _smooth(direction)
    _mask(direction, measurement, -1.0)
    square = strips.total(lambda part: tf.reduce_sum(tf.square(part)), direction) / direction.size
    direction *= np.float32(FIRST_STEP / max(math.sqrt(square), 1e-30))
    return strips.adopted(direction)


def _limited(measurement: Measurement, limit: Limit) -> np.ndarray:
    """The gradient per pixel within its limit, 0 where a bound holds the pixel; an array of its own."""
    found = strips.blank(measurement.gradient.shape)
    if limit is as_it_is:
        np.multiply(measurement.gradient, np.float32(measurement.pixels), out=found)
    else:
        found[:] = limit(measurement.gradient_per_pixel, measurement.image)
    _mask(found, measurement, 1.0)
    return found


def _mask(direction: np.ndarray, measurement: Measurement, factor: float) -> float:
    """Multiply by `factor`, and by 0 where a bound holds the pixel, in place; the largest entry, or NaN."""
    image, gradient = np.asarray(measurement.image), np.asarray(measurement.gradient)
    largest = []
    for _, (part, x, g) in strips.cut(direction, image, gradient):
        part *= factor * np.asarray(open_to_change(x, g))
        largest.append(np.abs(part).max())
    return float(np.max(largest))


def _difference(one: tf.Tensor, other: tf.Tensor, factor: float) -> np.ndarray:
    found = strips.blank(one.shape)
    np.subtract(one, other, out=found)
    found *= np.float32(factor)
    return found


def _onto(pictures: Pictures, vector: np.ndarray) -> np.ndarray:
    """The dot product of each with a picture, in float64."""
    return np.array([strips.total(lambda x, y: tf.reduce_sum(x * y), each, vector) for each in pictures], np.float64)


def _add(direction: np.ndarray, factors: np.ndarray, pictures: Pictures) -> None:
    """Add the pictures times their factors, in place."""
    for _, (part, *parts) in strips.cut(direction, *pictures):
        for factor, each in zip(factors, parts, strict=True):
            part += np.float32(factor) * each


def _solved(upper: np.ndarray, right: np.ndarray, adjoint: bool = False) -> np.ndarray:
    """What one loop over the pairs finds, by solving a triangular system."""
    if not right.size:
        return right
    found = tf.linalg.triangular_solve(upper, right[:, np.newaxis], lower=False, adjoint=adjoint)
    return np.asarray(found)[:, 0]


def _smooth(direction: np.ndarray) -> None:
    """In place, a channel at a time."""
    for channel in range(direction.shape[-1]):
        smooth_plane(direction[0, ..., channel])


def _stiffness(gradient: tf.Tensor, before: tf.Tensor, factor: float) -> float:
    """Σ f · smooth(f) of the change of the gradient."""
    one, other = np.asarray(gradient)[0], np.asarray(before)[0]
    total = 0.0
    for channel in range(one.shape[-1]):
        plane = (one[..., channel] - other[..., channel]) * np.float32(factor)
        smoothed = plane.copy()
        smooth_plane(smoothed)
        total += float(np.vdot(smoothed, plane))
    return total
