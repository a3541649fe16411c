"""What L-BFGS does to a large picture: the same as at once, a few rows at a time, with as many pairs as there is room
for.
"""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias

import numpy as np
import tensorflow as tf

from steadystyle.core import safe_math, strips
from steadystyle.core.aligned import blank
from steadystyle.core.contracts import Limit, as_it_is
from steadystyle.core.flow import Measurement
from steadystyle.optimizers._at_once import FIRST_STEP, LARGEST, LEAST_CURVATURE
from steadystyle.optimizers._spectrum import smooth_plane, stiffness_of_plane

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
    found = blank(image.shape)

    def move(found: np.ndarray, image: np.ndarray, direction: np.ndarray) -> None:
        np.multiply(direction, np.float32(length), out=found)
        found += image
        np.clip(found, 0.0, 1.0, out=found)

    strips.over(move, found, image, direction)
    return strips.adopted(found)


def slope(gradient: tf.Tensor, base: tf.Tensor, image: tf.Tensor) -> tf.Tensor:
    """Along the step that the bounds allowed."""
    return tf.constant(sum(strips.over(lambda g, x, y: _dot(g, y - x), gradient, base, image)), tf.float32)


def curves_upward(curvature: Curvature) -> bool:
    """Along each step that is kept, and along the last."""
    products, scale = curvature.products, curvature.scale
    return bool(np.isfinite(products).all() and (products.diagonal() > 0).all() and 0 < scale < math.inf)


def with_pair(curvature: Curvature | None, base: Measurement, measurement: Measurement, most: int) -> Curvature | None:
    """The step and the change of the gradient too, if the loss curves upward along the step; the `most` last are
    kept, and where that is none, only what they say of the scale.
    """
    pixels = np.float32(measurement.pixels)

    def sums(x: np.ndarray, y: np.ndarray, g: np.ndarray, h: np.ndarray) -> np.ndarray:
        step, change = x - y, (g - h) * pixels
        return np.array([_dot(step, change), _dot(step, step), _dot(change, change)])

    pair = measurement.image, base.image, measurement.gradient, base.gradient
    along, length, size = np.sum(strips.over(sums, *pair), 0).tolist()
    if not (along > LEAST_CURVATURE * math.sqrt(length * size) > 0):
        return curvature
    scale = float(safe_math.divide(along, _stiffness(*pair[2:], pixels)))
    if most == 0:
        return Curvature((), (), np.zeros((0, 0)), scale)
    kept = slice(1 - most, None) if most > 1 else slice(0, 0)
    steps, changes = (curvature.steps[kept], curvature.changes[kept]) if curvature else ((), ())
    steps, changes = (*steps, _difference(*pair[:2], np.float32(1.0))), (*changes, _difference(*pair[2:], pixels))
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
        _add(direction, along, steps, of_itself=scale)
    largest, steepness = _turned_downhill(direction, measurement)
    return strips.adopted(direction) if -math.inf < steepness < 0 and largest <= LARGEST else None


def steepest(measurement: Measurement, limit: Limit) -> tf.Tensor:
    """Downhill, smoothed, of a length that suits a first step; zero where a bound holds the pixel."""
    direction = _limited(measurement, limit)
    # Only its direction counts: scaled, a gradient of 1e38 has a norm too.
    largest = max(float(direction.max()), -float(direction.min()))
    direction *= np.float32(safe_math.divide(1.0, largest, floor=1e-30))
    _smooth(direction)
    _turned_downhill(direction, measurement)
    square = sum(strips.over(lambda part: _dot(part, part), direction)) / direction.size
    direction *= np.float32(FIRST_STEP / max(math.sqrt(square), 1e-30))
    return strips.adopted(direction)


def _dot(one: np.ndarray, other: np.ndarray) -> float:
    """Of two pictures' strips. Added up in float32, but no more than a strip."""
    return float(np.dot(one.ravel(), other.ravel()))


def _limited(measurement: Measurement, limit: Limit) -> np.ndarray:
    """The gradient per pixel within its limit, 0 where a bound holds the pixel; an array of its own."""
    found, factor, given = blank(measurement.gradient.shape), np.float32(1.0), measurement.gradient
    if limit is as_it_is:
        factor = np.float32(measurement.pixels)
    else:
        given = limit(measurement.gradient_per_pixel, measurement.image)

    def fill(found: np.ndarray, given: np.ndarray, image: np.ndarray, gradient: np.ndarray) -> None:
        np.multiply(given, factor * _open(image, gradient), out=found)

    strips.over(fill, found, given, measurement.image, measurement.gradient)
    return found


def _turned_downhill(direction: np.ndarray, measurement: Measurement) -> tuple[float, float]:
    """Turn it round in place, and make it 0 where a bound holds the pixel; its largest entry, or NaN, and its slope."""
    pixels = np.float32(measurement.pixels)

    def turn(direction: np.ndarray, image: np.ndarray, gradient: np.ndarray) -> tuple[float, float]:
        direction *= -_open(image, gradient)
        return float(np.abs(direction).max()), _dot(direction, gradient * pixels)

    largest, slopes = zip(*strips.over(turn, direction, measurement.image, measurement.gradient), strict=True)
    return float(np.max(largest)), sum(slopes)


def _open(image: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """1 where a pixel may follow the gradient, 0 where a bound holds it; float32, as `_at_once.open_to_change`."""
    held = ((image <= 0) & (gradient > 0)) | ((image >= 1) & (gradient < 0))
    return (~held).astype(np.float32)


def _difference(one: tf.Tensor, other: tf.Tensor, factor: np.float32) -> np.ndarray:
    found = blank(one.shape)

    def fill(found: np.ndarray, one: np.ndarray, other: np.ndarray) -> None:
        np.subtract(one, other, out=found)
        found *= factor

    strips.over(fill, found, one, other)
    return found


def _onto(pictures: Pictures, vector: np.ndarray) -> np.ndarray:
    """The dot product of each with a picture, in float64."""
    if not pictures:
        return np.zeros(0)
    dots = strips.over(lambda part, *parts: np.array([_dot(each, part) for each in parts]), vector, *pictures)
    return np.asarray(np.sum(dots, 0))


def _add(direction: np.ndarray, factors: np.ndarray, pictures: Pictures, of_itself: float = 1.0) -> None:
    """Add the pictures times their factors, in place, to the direction times its own."""

    def add(part: np.ndarray, *parts: np.ndarray) -> None:
        part *= np.float32(of_itself)
        product = np.empty_like(part)
        for factor, each in zip(factors, parts, strict=True):
            part += np.multiply(each, np.float32(factor), out=product)

    strips.over(add, direction, *pictures)


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


def _stiffness(gradient: tf.Tensor, before: tf.Tensor, factor: np.float32) -> float:
    """Σ f · smooth(f) of the change of the gradient."""
    one, other = np.asarray(gradient)[0], np.asarray(before)[0]
    return sum(stiffness_of_plane(one[..., c], other[..., c], factor) for c in range(one.shape[-1]))
