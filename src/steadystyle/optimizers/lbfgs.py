"""L-BFGS inside the range of a picture: curvature from the last few gradients makes few steps go far."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any, NamedTuple

import tensorflow as tf

from steadystyle.core import strips
from steadystyle.core.contracts import Optimizer
from steadystyle.core.flow import Measurement, Proposal
from steadystyle.optimizers import _at_once, _in_strips
from steadystyle.optimizers._at_once import LARGEST, MEMORY

BYTES_OF_PAIR = 24.0
"""Per pixel."""
SUFFICIENT_DECREASE = 1e-4
LONGER = 2.0
"""A search starts at the learning rate, but no further than this times the length that the one before it found, or than
the natural length of 1: a rate that is far too high costs one long search, and not one at each step.
"""
SHORTEST = 1e-4
"""A line search that comes this far down forgets the curvature and starts again along the gradient."""


class LbfgsState(NamedTuple):
    """Where the line search stands.

    Attributes:
        base: its base point.
        direction: from there; None before the first, and where there is no room for it.
        length: that is being tried.
        curvature: what the steps so far showed, in the form of `_at_once` or `_in_strips`.
        at: the picture from whose measurement all that was found: it does not count twice. None where a large one is
            not kept for that.
    """

    base: Measurement | None
    direction: tf.Tensor | None
    length: float
    curvature: Any
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
    bytes_of_state = 24.0  # the last gradient, the direction
    bytes_of_history, parts_of_history = MEMORY * BYTES_OF_PAIR, MEMORY
    highest_learning_rate = 3.0

    def start(self, image: tf.Tensor) -> LbfgsState:
        return LbfgsState(None, None, 1.0, None)

    def propose(self, measurement: Measurement, state: LbfgsState, learning_rate: float) -> Proposal:
        base, ways = state.base, self._ways(measurement)
        if base is not None and state.at is measurement.image:
            if base.image is not state.at:  # in the middle of a search
                return self._along(ways, state, state.length * min(1.0, learning_rate))
            length = min(state.length, learning_rate)
            return self._along(ways, state._replace(length=length), length)
        state = state._replace(at=measurement.image)
        if base is not None:
            slope = ways.slope(base.gradient, base.image, measurement.image)
            if _decreased(base, measurement, slope):
                state = state._replace(direction=None)  # makes room, as below
                curvature = ways.with_pair(state.curvature, base, measurement, self._pairs(measurement))
                state = state._replace(curvature=curvature)
            else:
                shorter = state.length * _shorter(float(measurement.loss) - float(base.loss), float(slope))
                if shorter >= SHORTEST:
                    if strips.is_large(*measurement.image.shape[1:3]):  # nobody comes back to where a step led nowhere
                        state = state._replace(at=None)
                    del measurement  # makes room for the next
                    return self._along(ways, state._replace(length=shorter), shorter * min(1.0, learning_rate))
                state = state._replace(curvature=None)
                measurement = base
        longest = math.inf if base is None else max(1.0, LONGER * state.length)
        state, base = state._replace(base=measurement, direction=None), None  # makes room for the next
        direction, curvature = self._downhill(ways, measurement, state.curvature)
        length = min(learning_rate, longest)
        state = state._replace(direction=direction, curvature=curvature, length=length)
        del direction, measurement
        return self._along(ways, state, length)

    def _downhill(self, ways: ModuleType, measurement: Measurement, curvature: Any) -> tuple[tf.Tensor, Any]:
        """A direction, and the curvature that it was made from: pairs that do not lead downhill are of no use later."""
        if curvature is not None and ways.curves_upward(curvature):
            direction = ways.newton_direction(measurement, curvature, self.limit)
            if direction is not None:
                return direction, curvature
        return ways.steepest(measurement, self.limit), None

    def _along(self, ways: ModuleType, state: LbfgsState, length: float) -> Proposal:
        """So far along the direction. Where there is no room for a single pair, there is none for it either: it is
        found again when a step has to be shorter.
        """
        base, direction = state.base, state.direction
        assert base is not None
        if direction is None:
            direction, _ = self._downhill(ways, base, state.curvature)
        if self._pairs(base) == 0:
            state = state._replace(direction=None)
        return Proposal(ways.moved(base.image, direction, length), state)

    def _ways(self, measurement: Measurement) -> ModuleType:
        """To treat such a picture: at once, or in strips where it is large or there is no room for every pair."""
        large = strips.is_large(*measurement.image.shape[1:3])
        return _in_strips if large or self._pairs(measurement) < MEMORY else _at_once

    def _pairs(self, measurement: Measurement) -> int:
        """How many the history has room for."""
        return int(min(MEMORY, self.history / (BYTES_OF_PAIR * float(measurement.pixels))))

    def is_sound(self, state: LbfgsState) -> bool:
        """The base of the line search is a possible measurement, its length finite, its direction not out of all
        proportion, and the curvatures are positive. Pairs that are damaged otherwise are found when they are used.
        """
        base, curvature = state.base, state.curvature
        possible = math.isfinite(state.length)
        if state.direction is not None:
            possible &= _within(state.direction, -LARGEST, LARGEST)
        if base is not None:
            norm = float(base.gradient_norm) * (1 + 1e-5)  # no entry of the gradient is larger
            possible &= math.isfinite(float(base.loss)) and math.isfinite(norm)
            possible &= _within(base.gradient, -norm, norm) and _within(base.image, 0, 1)
        return possible and (curvature is None or (self._ways(base) if base else _at_once).curves_upward(curvature))

    def rescale(self, state: LbfgsState, image: tf.Tensor) -> LbfgsState:
        """A fresh state: pairs carried over to another size were tried, and slowed the first ten steps there."""
        return self.start(image)


def _within(tensor: tf.Tensor, lowest: float, highest: float) -> bool:
    """Whether all numbers are; a NaN is not. NumPy's extremes keep it, which TensorFlow's may lose, and cost less."""
    return all(strips.over(lambda part: bool(lowest <= part.min() and part.max() <= highest), tensor))


def _decreased(base: Measurement, trial: Measurement, slope: tf.Tensor) -> bool:
    """Armijo's condition; a NaN fails it."""
    return bool(trial.loss <= base.loss + SUFFICIENT_DECREASE * tf.minimum(slope, 0.0))


def _shorter(rise: float, slope: float) -> float:
    """The minimum of the parabola through both losses and the slope, within [0.1, 0.5] of the length tried."""
    bend = rise - slope
    share = -slope / (2 * bend) if bend > 0 and math.isfinite(bend) else 0.5
    return min(0.5, max(0.1, share))
