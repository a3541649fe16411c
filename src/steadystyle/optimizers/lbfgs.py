"""L-BFGS inside the range of a picture: curvature from the last few gradients makes few steps go far."""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias

import numpy as np
import tensorflow as tf

from steadystyle.core import safe_math, strips
from steadystyle.core.contracts import Limit, Optimizer, as_it_is
from steadystyle.core.flow import Measurement, Proposal
from steadystyle.optimizers._spectrum import smooth, stiffness

MEMORY = 10
"""Pairs of a step and the change of the gradient along it, at most."""
BYTES_OF_PAIR = 24.0
"""Per pixel."""
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


Blocks: TypeAlias = tuple[tf.Tensor, ...]


class Curvature(NamedTuple):
    """What the last steps showed: k steps and the changes of the gradient along them, oldest first.

    Attributes:
        steps: blocks (1 to k, H, W, 3) float32: one, which is fast, or for large pictures one for each step, which two
            states can share.
        changes: the same.
        products: (k, k) float64, steps[i] · changes[j]; on the diagonal the curvatures, all positive.
        scale: of the first guess at the inverse Hessian, where there is no room for a pair to make it of.
    """

    steps: Blocks
    changes: Blocks
    products: np.ndarray
    scale: float = 1.0


class LbfgsState(NamedTuple):
    """Where the line search stands: its base point, the direction, the length being tried, and the picture from whose
    measurement all that was found; and the curvature.
    """

    base: Measurement | None
    direction: tf.Tensor | None
    length: float
    curvature: Curvature | None
    at: tf.Tensor | None = None


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
    bytes_of_history = MEMORY * BYTES_OF_PAIR
    highest_learning_rate = 3.0

    def start(self, image: tf.Tensor) -> LbfgsState:
        return LbfgsState(None, None, 1.0, None)

    def propose(self, measurement: Measurement, state: LbfgsState, learning_rate: float) -> Proposal:
        base = state.base
        if base is not None and state.at is measurement.image:
            if base.image is not state.at:  # in the middle of a search
                return _along(state, state.length * min(1.0, learning_rate))
            length = min(state.length, learning_rate)
            return _along(state._replace(length=length), length)
        state = state._replace(at=measurement.image)
        if base is not None and not _decreased(base, measurement):
            shorter = _shorter_length(base, measurement, state)
            if shorter >= SHORTEST:
                return _along(state._replace(length=shorter), shorter * min(1.0, learning_rate))
            state = state._replace(curvature=None)
            measurement = base
        elif base is not None:
            state = _with_pair(state, base, measurement, self._pairs(measurement))
        state = state._replace(direction=None)  # makes room for the next
        direction = _newton_direction(measurement, state, self.limit)
        if direction is None:
            state = state._replace(curvature=None)  # pairs that do not lead downhill are of no use later either
            direction = _steepest(measurement, self.limit)
        longest = math.inf if base is None else max(1.0, LONGER * state.length)
        length = min(learning_rate, longest)
        return _along(state._replace(base=measurement, direction=direction, length=length), length)

    def _pairs(self, measurement: Measurement) -> int:
        """How many the history has room for."""
        return int(min(MEMORY, self.history / (BYTES_OF_PAIR * float(measurement.pixels))))

    def is_sound(self, state: LbfgsState) -> bool:
        """The base of the line search is a finite measurement, its length possible, its direction not out of all
        proportion, and the curvatures are positive. Pairs that are damaged otherwise are found when they are used.
        """
        possible = math.isfinite(state.length)
        if state.direction is not None:
            possible &= strips.largest(_largest_entry, state.direction) <= LARGEST
        if state.base is not None:
            image, gradient = np.asarray(state.base.image), state.base.gradient
            possible &= math.isfinite(float(state.base.loss)) and math.isfinite(float(strips.norm(gradient)))
            possible &= bool(image.min() >= 0 and image.max() <= 1)
        if state.curvature is not None:
            diagonal = state.curvature.products.diagonal()
            possible &= bool(np.isfinite(state.curvature.products).all() and (diagonal > 0).all())
            possible &= math.isfinite(state.curvature.scale)
        return possible

    def rescale(self, state: LbfgsState, image: tf.Tensor) -> LbfgsState:
        """A fresh state: pairs carried over to another size were tried, and slowed the first ten steps there."""
        return self.start(image)


def _largest_entry(x: tf.Tensor) -> tf.Tensor:
    return tf.norm(x, np.inf)


def _along(state: LbfgsState, length: float) -> Proposal:
    assert state.base is not None

    def moved(image: tf.Tensor, direction: tf.Tensor) -> tuple[tf.Tensor]:
        return (tf.clip_by_value(image + length * direction, 0.0, 1.0),)

    (image,) = strips.each(moved, state.base.image, state.direction)
    return Proposal(image, state)


def _slope(base: Measurement, trial: Measurement) -> float:
    """Along the step that the bounds allowed."""
    return strips.total(
        lambda gradient, image, before: tf.reduce_sum(gradient * (image - before)),
        base.gradient, trial.image, base.image,
    )  # fmt: skip


def _decreased(base: Measurement, trial: Measurement) -> bool:
    """Armijo's condition with the slope along the step that the bounds allowed; a NaN fails it."""
    return bool(trial.loss <= base.loss + SUFFICIENT_DECREASE * tf.minimum(tf.constant(_slope(base, trial)), 0.0))


def _shorter_length(base: Measurement, trial: Measurement, state: LbfgsState) -> float:
    """The minimum of the parabola through both losses and the slope, kept within [0.1, 0.5] of the length tried."""
    slope = _slope(base, trial)
    rise = float(trial.loss) - float(base.loss) - slope
    share = -slope / (2 * rise) if rise > 0 and np.isfinite(rise) else 0.5
    return state.length * min(0.5, max(0.1, share))


def _with_pair(state: LbfgsState, base: Measurement, measurement: Measurement, most: int) -> LbfgsState:
    """Store the step and the change of the gradient if the loss curves upward along the step; keep the `most` last."""
    pixels = measurement.pixels
    (change,) = strips.each(
        lambda gradient, before: (gradient * pixels - before * pixels,), measurement.gradient, base.gradient
    )
    if most == 0:
        curvature = strips.total(
            lambda image, before, change: tf.reduce_sum((image - before) * change),
            measurement.image, base.image, change,
        )  # fmt: skip
        if not curvature > 0:
            return state
        scale = float(safe_math.divide(curvature, stiffness(change)))
        return state._replace(curvature=Curvature((), (), np.zeros((0, 0)), scale))
    (step,) = strips.each(lambda image, before: (image - before,), measurement.image, base.image)
    curvature, length, size = (_dot(*pair) for pair in ((step, change), (step, step), (change, change)))
    if not (curvature > 1e-8 * np.sqrt(length * size) > 0):
        return state
    if state.curvature is None:
        return state._replace(curvature=Curvature((step,), (change,), np.array([[curvature]])))
    steps = _appended(state.curvature.steps, step, most)
    changes = _appended(state.curvature.changes, change, most)
    kept = slice(1 - most, None) if most > 1 else slice(0, 0)
    before = state.curvature.products[kept, kept]
    products = np.empty((len(before) + 1, len(before) + 1))
    products[:-1, :-1] = before
    products[:, -1], products[-1, :] = _onto(steps, change), _onto(changes, step)
    return state._replace(curvature=Curvature(steps, changes, products))


def _dot(one: tf.Tensor, other: tf.Tensor) -> float:
    return strips.total(
        lambda one, other: tf.reduce_sum(tf.reshape(one, [1, -1]) * tf.reshape(other, [1, -1])), one, other
    )


def _appended(blocks: Blocks, row: tf.Tensor, most: int) -> Blocks:
    """The last rows of `blocks`, and one more, of at most so many in all."""
    if len(strips.strips(*row.shape[1:3])) > 1:
        return (*blocks[max(0, len(blocks) + 1 - most) :], row)
    rows = tf.concat(blocks, 0)
    return (tf.concat([rows[max(0, len(rows) + 1 - most) :], row], 0),)


def _flat(rows: tf.Tensor) -> tf.Tensor:
    return tf.reshape(rows, [rows.shape[0], -1])


def _onto(blocks: Blocks, vector: tf.Tensor) -> np.ndarray:
    """The dot product of each row with a picture (1, H, W, 3), in float64."""
    products = []
    for block in blocks:
        parts = (
            np.asarray(tf.matmul(_flat(rows), _flat(part), transpose_b=True))[:, 0].astype(np.float64)
            for _, (rows, part) in strips.cut(block, vector)
        )
        products.append(sum(parts))
    return np.concatenate(products)


def _less(picture: tf.Tensor, factors: np.ndarray, blocks: Blocks) -> tf.Tensor:
    """`picture` (1, H, W, 3) less the sum of the rows times `factors` (k,)."""

    def less(picture: tf.Tensor, *rows: tf.Tensor) -> tuple[tf.Tensor]:
        row = tf.concat(rows, 0) if len(rows) > 1 else rows[0]
        combined = tf.matmul(factors[np.newaxis].astype(np.float32), _flat(row))
        return (picture - tf.reshape(combined, tf.shape(picture)),)

    (found,) = strips.each(less, picture, *blocks)
    return found


def _open_to_change(image: tf.Tensor, gradient: tf.Tensor) -> tf.Tensor:
    """1 where a pixel may follow the gradient, 0 where a bound holds it."""
    return tf.where(((image <= 0) & (gradient > 0)) | ((image >= 1) & (gradient < 0)), 0.0, 1.0)


def _open_part(measurement: Measurement, values: tf.Tensor, factor: tf.Tensor | float = 1.0) -> tf.Tensor:
    """`values` (1, H, W, 3) times `factor`, 0 where a bound holds the pixel."""

    def part(image: tf.Tensor, gradient: tf.Tensor, values: tf.Tensor) -> tuple[tf.Tensor]:
        return (_open_to_change(image, gradient) * (values * factor),)

    (found,) = strips.each(part, measurement.image, measurement.gradient, values)
    return found


def _limited(measurement: Measurement, limit: Limit) -> tf.Tensor:
    """The gradient per pixel within its limit, 0 where a bound holds the pixel."""
    if limit is as_it_is:
        return _open_part(measurement, measurement.gradient, measurement.pixels)
    return _open_part(measurement, limit(measurement.gradient_per_pixel, measurement.image))


def _newton_direction(measurement: Measurement, state: LbfgsState, limit: Limit) -> tf.Tensor | None:
    """Downhill, scaled by the curvature, zero where a bound holds the pixel; None if the pairs do not lead downhill.

    Without room for pairs it is the smoothed gradient, with the scale that the last one had: the step length of
    Barzilai and Borwein, "Two-Point Step Size Gradient Methods", IMA J. Numer. Anal. 1988.
    """
    if state.curvature is None:
        return None
    with np.errstate(all="ignore"):  # damaged pairs overflow; what comes of them is looked at below
        if state.curvature.steps:
            direction = _open_part(measurement, _newton_step(_limited(measurement, limit), state.curvature), -1.0)
        else:
            direction = _open_part(measurement, smooth(_limited(measurement, limit)), -state.curvature.scale)
        pixels = measurement.pixels
        slope = strips.total(lambda d, g: tf.reduce_sum(d * (g * pixels)), direction, measurement.gradient)
    sound = slope < 0 and math.isfinite(slope) and strips.largest(_largest_entry, direction) <= LARGEST
    return direction if sound else None


def _steepest(measurement: Measurement, limit: Limit) -> tf.Tensor:
    """Downhill, smoothed, of a length that suits a first step; zero where a bound holds the pixel."""
    limited = _limited(measurement, limit)
    largest = tf.constant(strips.largest(lambda part: tf.reduce_max(tf.abs(part)), limited))
    # Only its direction counts: scaled, a gradient of 1e38 has a norm too.
    (limited,) = strips.each(lambda part: (safe_math.divide(part, largest, floor=1e-30),), limited)
    smoothed, height = smooth(limited), limited.shape[1]
    del limited  # of a large picture there may be room for two such, and not for four
    steepest = _open_part(measurement, smoothed)
    del smoothed
    mean = strips.total(lambda part: tf.reduce_mean(tf.square(part)) * (part.shape[1] / height), steepest)
    root_mean_square = tf.sqrt(tf.constant(mean, tf.float32))
    (found,) = strips.each(lambda part: (-part * FIRST_STEP / tf.maximum(root_mean_square, 1e-30),), steepest)
    return found


def _smoothed(*pictures: tf.Tensor) -> list[tf.Tensor]:
    """Each by `smooth`; small ones at once, which is faster."""
    if len(strips.strips(*pictures[0].shape[1:3])) > 1:
        return [smooth(picture) for picture in pictures]
    found: list[tf.Tensor] = tf.split(smooth(tf.concat(pictures, 0)), len(pictures))
    return found


def _newton_step(gradient: tf.Tensor, curvature: Curvature) -> tf.Tensor:
    """The two loops over the pairs, with `smooth` times a scale as the first guess at the inverse Hessian."""
    steps, changes, products, _ = curvature
    diagonal = products.diagonal()
    pairs = range(len(diagonal))

    onto_steps = _onto(steps, gradient)
    factors = np.zeros(len(diagonal))
    for i in reversed(pairs):
        factors[i] = (onto_steps[i] - products[i] @ factors) / diagonal[i]
    newest = changes[-1][-1:]
    smoothed, smoothed_newest = _smoothed(_less(gradient, factors, changes), newest)
    along_newest = strips.total(lambda one, other: tf.reduce_sum(one * other), smoothed_newest, newest)
    scale = float(safe_math.divide(diagonal[-1], along_newest))

    onto_changes = scale * _onto(changes, smoothed)
    along = np.zeros(len(diagonal))
    for i in pairs:
        along[i] = factors[i] - (onto_changes[i] + along @ products[:, i]) / diagonal[i]
    (scaled,) = strips.each(lambda part: (scale * part,), smoothed)
    return _less(scaled, -along, steps)
