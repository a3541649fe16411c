"""Faults put into a run on purpose: what, where, how much of it, when, and how often."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

VALUES = (math.nan, math.inf, -math.inf, 1e38, -1e38, 65505.0, 1e-45, 0.0)
EXTENTS = ("one element", "one channel", "a tenth", "all")
SCALE_STEPS, STEPS = 14, 20
TIMES = {
    "set-up": -1,
    "first step": 0,
    "second step": 1,
    "middle": SCALE_STEPS // 2,
    "first step of a new scale": SCALE_STEPS,
    "last step": SCALE_STEPS + STEPS - 1,
}
"""From which step on, of all steps of a run through two scales."""
LAYERS = [f"relu{block}_{index}" for block, count in enumerate((2, 2, 4, 4, 1), 1) for index in range(1, count + 1)]
ONCE = ("content", "style 1", "weights", "resized content", "resized style 1", "start", "target of content",
        "target of style")  # fmt: skip
"""Places that are asked while a run, or a scale of it, is set up."""
EACH_STEP = (*LAYERS, *(f"pool{block}" for block in range(1, 5)), "term content", "term style", "term total-variation",
             "loss", "gradient", "picture", "optimizer state", "learning rate", "loss scale")  # fmt: skip
POINTS = (*ONCE, *EACH_STEP)


class Fault(NamedTuple):
    """One fault.

    Attributes:
        point: where.
        value: what is put there.
        extent: how much of it is replaced.
        time: when it begins, one of `TIMES`.
        lasting: from then on, or once.
    """

    point: str
    value: float
    extent: str
    time: str
    lasting: bool


class Injector:
    """Puts faults in, and notes which places asked.

    It hears of the step from the places that know it; those in a graph are asked while it runs.
    """

    def __init__(self, *faults: Fault, seed: int = 0) -> None:
        self.arm(*faults, seed=seed)

    def arm(self, *faults: Fault, seed: int = 0) -> None:
        """Begin anew, with other faults."""
        self.faults, self.step, self.asked = faults, -1, Counter[str]()
        self.fired: Counter[Fault] = Counter()
        self._generator = np.random.default_rng(seed)

    def __call__(self, point: str, step: int | None, numbers: Any) -> Any:
        """What `steadystyle.core.injection` asks."""
        if step is not None:
            self.step = max(self.step, step)
        if tf.is_tensor(numbers):
            return self._in_a_chain(point, numbers)
        return self._passed(point, numbers)

    def _in_a_chain(self, point: str, tensor: tf.Tensor) -> tf.Tensor:
        """The same for a tensor of a graph, or one that a gradient goes back through: it goes as if nothing had been
        done, as after a flipped bit.
        """

        @tf.custom_gradient
        def passed(tensor: tf.Tensor) -> tuple[tf.Tensor, Any]:
            if hasattr(tensor, "numpy"):
                return tf.constant(self._passed(point, tensor.numpy())), lambda upstream: upstream
            harmed = tf.numpy_function(lambda array: self._passed(point, array), [tensor], tensor.dtype)
            return tf.ensure_shape(harmed, tensor.shape), lambda upstream: upstream

        return passed(tensor)

    def _passed(self, point: str, numbers: Any) -> Any:
        self.asked[point] += 1
        for fault in self.faults:
            due = fault.point == point and self.step >= _first_step(fault)
            if due and (fault.lasting or not self.fired[fault]):
                self.fired[fault] += 1
                numbers = self._harmed(fault, numbers)
        return numbers

    def _harmed(self, fault: Fault, numbers: Any) -> Any:
        """`numbers` with the fault in them: an array, a tensor, a plain number, or one leaf of a nest of these."""
        leaves = tf.nest.flatten(numbers)
        places = [place for place, leaf in enumerate(leaves) if _is_float(leaf)]
        if places:
            place = int(self._generator.choice(places))
            leaves[place] = self._harmed_leaf(fault, leaves[place])
        return tf.nest.pack_sequence_as(numbers, leaves)

    def _harmed_leaf(self, fault: Fault, leaf: Any) -> Any:
        if isinstance(leaf, float):
            return fault.value
        array = np.array(leaf)
        with np.errstate(over="ignore"):
            array[self._where(array.shape, fault.extent)] = np.asarray(fault.value).astype(array.dtype)
        return tf.constant(array) if tf.is_tensor(leaf) else array

    def _where(self, shape: tuple[int, ...], extent: str) -> Any:
        if extent == "all" or not shape or 0 in shape:
            return ...
        if extent == "one channel":
            return (..., int(self._generator.integers(shape[-1])))
        if extent == "a tenth":
            return self._generator.random(shape) < 0.1
        return tuple(int(self._generator.integers(side)) for side in shape)


def _first_step(fault: Fault) -> int:
    """What is made while a new scale is set up is made before its first step is heard of."""
    return TIMES[fault.time] - (fault.point in ONCE and fault.time == "first step of a new scale")


def _is_float(leaf: Any) -> bool:
    if isinstance(leaf, float):
        return True
    dtype = getattr(leaf, "dtype", None)
    return dtype is not None and ("float" in tf.as_dtype(dtype).name if tf.is_tensor(leaf) else "float" in str(dtype))
