"""What is counted at one place of the user's program: losses and gradients of a tape, an optimizer's updates.

In a graph the counting is done by variables of our own, in the graph: an `is_finite` flag works under XLA and in loops,
where `tf.debugging.check_numerics` does nothing. They are read when the outermost `tf.function` returns.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.ops.resource_variable_ops import ResourceVariable

from steadystyle.core.finite import all_finite

RING = 256
"""Steps of one call whose loss and gradient are kept."""
OWN = 3
"""Counts before those of the flags: steps, bad ones in a row, and whether a good one ever followed a bad one."""


def floats(nest: Any) -> list[Any]:
    """The dense floating-point tensors of a nest; an `IndexedSlices` counts by its values."""
    found = []
    for item in tf.nest.flatten(nest):
        item = getattr(item, "value", item) if type(item).__module__.startswith("keras") else item
        item = item.values if isinstance(item, tf.IndexedSlices) else item
        if isinstance(item, (tf.Tensor, tf.Variable)) and item.dtype.is_floating:
            found.append(item)
    return found


def array_of(tensor: Any) -> np.ndarray:
    """What a tensor or variable holds: without a copy, and past what is wrapped of the tensor."""
    value = tensor.read_value() if isinstance(tensor, tf.Variable) else tensor
    array: np.ndarray = np.asanyarray(value._numpy())
    return array


def finite_array(array: np.ndarray) -> bool:
    """Whether all of it is finite; one pass where it is, which is nearly always."""
    if array.dtype.kind not in "fV":
        return True
    if array.dtype.itemsize < 4 or array.dtype.kind == "V":
        array = array.astype(np.float32)
    with np.errstate(all="ignore"):
        return bool(np.isfinite(array.sum()) or np.isfinite(array).all())


class Site:
    """One place where something is counted.

    Attributes:
        kind: training, scaling (of a loss), evaluation, update or assignment.
        flags: the names of what may go bad there, in order of importance.
        trained: whether what is updated there is trained.
        first_bad: flag -> the first step at which it was set.
        bad_in_a_row, recovered: bad steps at the end so far; whether a good one ever followed a bad one.
    """

    def __init__(self, kind: str, flags: tuple[str, ...], trained: bool = True) -> None:
        self.kind, self.flags, self.trained = kind, flags, trained
        self.count = 0
        self.first_bad: dict[str, int] = {}
        self.bad_in_a_row, self.recovered = 0, False
        self.losses: list[float] = []
        self.gradients: list[float] = []
        self._counts: Any = None
        self._ring: Any = None

    def add(self, bad: dict[str, bool], loss: float = 0.0, gradient: float = 0.0) -> None:
        """Count one step that was run eagerly."""
        for flag in self.flags:
            if bad[flag]:
                self.first_bad.setdefault(flag, self.count)
        self.recovered = self.recovered or (self.bad_in_a_row > 0 and not any(bad.values()))
        self.bad_in_a_row = self.bad_in_a_row + 1 if any(bad.values()) else 0
        self.losses.append(loss)
        self.gradients.append(gradient)
        self.count += 1

    def add_in_graph(self, bad: dict[str, Any], loss: Any = 0.0, gradient: Any = 0.0) -> None:
        """Let the graph that is being traced count its steps."""
        with tf.init_scope():
            if self._counts is None:
                self._counts = _own_variable(np.zeros(OWN + len(self.flags), np.int64))
                self._ring = _own_variable(np.zeros((RING, 2), np.float32))
        counts = self._counts.read_value()
        count, in_a_row, recovered, earlier = counts[0], counts[1], counts[2], counts[OWN:]
        flags = tf.stack([tf.convert_to_tensor(bad[flag]) for flag in self.flags])
        now_bad = tf.reduce_any(flags)
        recovered = tf.where(tf.logical_and(in_a_row > 0, ~now_bad), tf.ones_like(recovered), recovered)
        first = tf.where(tf.logical_and(earlier == 0, flags), count + 1, earlier)
        row = tf.stack([tf.cast(loss, tf.float32), tf.cast(gradient, tf.float32)])
        here = tf.logical_and(tf.range(RING, dtype=tf.int64) == count % RING, tf.reduce_all(earlier == 0))
        self._ring.assign(tf.where(here[:, None], row[None], self._ring))
        in_a_row = tf.where(now_bad, in_a_row + 1, tf.zeros_like(in_a_row))
        self._counts.assign(tf.concat([tf.stack([count + 1, in_a_row, recovered]), first], 0))

    def collect(self) -> None:
        """Take over what the graph has counted since the last time."""
        if self._counts is None:
            return
        counts = array_of(self._counts)
        count = int(counts[0])
        if count == self.count:
            return
        ring = array_of(self._ring)
        kept = [step for step in range(self.count, count) if step >= count - RING]
        self.losses += [float(ring[step % RING, 0]) for step in kept]
        self.gradients += [float(ring[step % RING, 1]) for step in kept]
        self.count, self.bad_in_a_row, self.recovered = count, int(counts[1]), bool(counts[2])
        for flag, first in zip(self.flags, counts[OWN:], strict=True):
            if first:
                self.first_bad.setdefault(flag, int(first) - 1)


def _own_variable(value: np.ndarray) -> Any:
    """A variable made past the class's own call, in which `tf.function` refuses those that come late."""
    variable = ResourceVariable.__new__(ResourceVariable)
    variable.__init__(initial_value=value, trainable=False)
    return variable


def all_finite_in_graph(tensors: list[Any]) -> Any:
    """A scalar bool for any number of tensors."""
    flags = [all_finite(tensor) for tensor in tensors]
    return tf.reduce_all(tf.stack(flags)) if flags else tf.constant(True)


def largest_in_graph(tensors: list[Any]) -> Any:
    """The largest absolute value, 0 for none."""
    sizes = [tf.cast(tf.reduce_max(tf.abs(t)), tf.float32) for t in tensors if t.shape.num_elements() != 0]
    return tf.reduce_max(tf.stack(sizes)) if sizes else tf.constant(0.0)


def largest(arrays: list[np.ndarray]) -> float:
    """The largest absolute value, 0 for none."""
    with np.errstate(all="ignore"):
        sizes = [max(float(a.max()), -float(a.min())) for a in arrays if a.size]
    return max(sizes, default=0.0)


def all_finite_eagerly(tensors: list[Any]) -> bool:
    """Whether all of these are finite."""
    return all(finite_array(array_of(tensor)) for tensor in tensors)


def mean(losses: list[Any]) -> float:
    """Of a loss, which may be a vector."""
    with np.errstate(all="ignore"):
        return float(np.mean(array_of(losses[0]), dtype=np.float32)) if losses else 0.0


def mean_in_graph(losses: list[Any]) -> Any:
    """The same as a tensor."""
    return tf.reduce_mean(tf.cast(losses[0], tf.float32)) if losses else 0.0
