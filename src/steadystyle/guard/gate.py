"""The gate in an optimizer's `apply`: a bad step changes nothing. All of it runs in the graph of the training step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from steadystyle.core import safe_math
from steadystyle.core.errors import SettingsError, WeightsError
from steadystyle.core.finite import all_finite
from steadystyle.guard.faults import (
    FADE,
    GRADIENT,
    INPUT,
    LARGE_GRADIENT,
    LARGE_LOSS,
    LARGE_UPDATE,
    LOSS,
    NEW_LEVEL,
    NOTHING,
    NOTHING_YET,
    RATE,
    RISE,
    SETTLED,
    UPDATE,
    WEIGHTS,
    WIDER,
)


class Reading(NamedTuple):
    """What the gate has counted, and what it measured at the last bad step; `recent` is the largest of the last good
    losses.
    """

    good: int
    bad: int
    in_a_row: int
    fault: int
    measured: dict[str, float]
    recent: float


class Gate:
    """Stands between gradients and variables, installed in an optimizer's `apply` until `remove` is called.

    Before a step, loss, gradient and learning rate are checked; after it, weights and slots. A bad step ends with
    everything as it was after the last good one. A gate inside the training step is needed because a Keras callback is
    called only when the weights have been overwritten; it is made of conditions and flags because
    `tf.debugging.check_numerics` does nothing under XLA.
    """

    def __init__(self, optimizer: Any, variables: Sequence[Any], others: Sequence[Any] = ()) -> None:
        if tf.distribute.get_strategy().num_replicas_in_sync > 1:
            raise SettingsError("guard: training on several replicas is not supported; use one device")
        if not optimizer.built:
            optimizer.build(list(variables))
        # A loss-scale optimizer skips overflowing steps by itself, which is healthy: the gate stands behind it.
        self._optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        self._rate_variable = next(
            (_raw(v) for v in self._optimizer.variables if v is self._optimizer.learning_rate), None
        )
        # The user's own changes of the rate must survive a roll-back, so it is not among what is restored.
        state = [_raw(v) for v in self._optimizer.variables]
        self._slots = [v for v in state if v is not self._rate_variable]
        self._iterations = next(v for v in self._slots if v.dtype.is_integer)
        self._weights = [_raw(v) for v in variables]
        self._others = [_raw(v) for v in others if _raw(v).dtype.is_floating]
        self._recent = tf.Variable(tf.zeros(3), trainable=False)
        self._largest = tf.Variable(tf.zeros(3), trainable=False)
        """Of loss, gradient and update; what is rolled back takes them along."""
        self._all = [*self._weights, *self._others, *self._slots, self._recent, self._largest]
        self.reset_slots = self._start_finite()
        self._last = [tf.Variable(v, trainable=False) for v in self._all]
        self._last_rate = tf.Variable(0.0, trainable=False)
        self.rate_factor = tf.Variable(1.0, trainable=False)
        """What repairs have left of the learning rate: updates are multiplied with it."""
        # int64 because an int32 variable lives on the CPU even where the step is compiled for a GPU.
        self._counts = tf.Variable(tf.constant([0, 0, 0, NOTHING], tf.int64), trainable=False)
        self._measured = tf.Variable(tf.zeros(4), trainable=False)
        self.loss: Any = None
        self.input_finite: Any = None
        """What the next step is told of its loss and its batch; None where nobody said."""
        self._install()

    def _install(self) -> None:
        original = self._optimizer.apply

        def apply(grads: Any, trainable_variables: Any = None) -> None:
            known = [_raw(v) for v in trainable_variables] if trainable_variables is not None else self._weights
            if {v.ref() for v in known} - {v.ref() for v in self._weights}:
                raise SettingsError(
                    "guard: the optimizer was given a variable that the guard does not know; pass it too"
                )
            self.step(lambda: original(grads, trainable_variables), [g for g in grads if g is not None])

        self._optimizer.apply = apply

    def remove(self) -> None:
        """Give the optimizer its own `apply` back."""
        self._optimizer.__dict__.pop("apply", None)

    def _start_finite(self) -> bool:
        """Reset slots that came in non-finite, and say whether there were any; weights cannot be guessed."""
        for variable in [*self._weights, *self._others]:
            if not all_finite(variable):
                raise WeightsError(
                    f"guard: {variable.name} is not finite before the first step; load or initialise it anew"
                )
        bad = [v for v in self._slots if v.dtype.is_floating and not all_finite(v)]
        for variable in bad:
            variable.assign(tf.where(tf.math.is_finite(variable), variable, tf.zeros_like(variable)))
        return bool(bad)

    def step(self, apply: Callable[[], None], gradients: Sequence[Any]) -> None:
        """Apply if nothing is wrong before, and undo if something is wrong after."""
        said, self.loss = self.loss, None
        loss = tf.zeros(()) if said is None or not _reachable(said) else tf.reduce_mean(tf.cast(said, tf.float32))
        rate = tf.cast(tf.convert_to_tensor(self._optimizer.learning_rate), tf.float32)
        gradient = _norm(gradients)
        computed = tf.math.is_finite(loss) & tf.math.is_finite(gradient)
        known, self.input_finite = self.input_finite, None
        input_finite = True if known is None or not _reachable(known) else known
        large = self._large(tf.stack([tf.abs(loss), gradient, 0.0]))
        fault = _first(
            {
                INPUT: ~computed & ~tf.convert_to_tensor(input_finite),
                LOSS: ~tf.math.is_finite(loss),
                GRADIENT: ~tf.math.is_finite(gradient),
                RATE: ~(tf.math.is_finite(rate) & (rate >= 0)),
                **large,
            }
        )
        tf.cond(
            fault == NOTHING,
            lambda: self._attempt(apply, loss, gradient, rate),
            lambda: self._refuse(fault, loss, gradient, rate),
        )

    def _attempt(self, apply: Callable[[], None], loss: tf.Tensor, gradient: tf.Tensor, rate: tf.Tensor) -> tf.Tensor:
        before = [tf.identity(weight) for weight in self._weights]
        apply()
        tf.cond(self.rate_factor < 1.0, lambda: self._shorten(before), lambda: tf.constant(NOTHING, tf.int64))
        update = _norm([weight - old for weight, old in zip(self._weights, before, strict=True)])
        slots = [all_finite(v) for v in [*self._slots, *self._others] if v.dtype.is_floating]
        finite = tf.math.is_finite(update) & tf.reduce_all(tf.stack([True, *slots]))
        sizes = tf.stack([tf.abs(loss), gradient, update])
        fault = _first({UPDATE: ~finite, **self._large(sizes)})
        measured = tf.stack([loss, gradient, rate, update])
        return tf.cond(fault == NOTHING, lambda: self._accept(sizes, rate), lambda: self._undo(fault, measured))

    def _shorten(self, before: Sequence[tf.Tensor]) -> tf.Tensor:
        """Take a part of the update: a lower learning rate in effect, also where a schedule takes no new one."""
        for weight, old in zip(self._weights, before, strict=True):
            weight.assign(old + tf.cast(self.rate_factor, weight.dtype) * (weight - old))
        return tf.constant(NOTHING, tf.int64)

    def _refuse(self, fault: tf.Tensor, loss: tf.Tensor, gradient: tf.Tensor, rate: tf.Tensor) -> tf.Tensor:
        weights_finite = tf.reduce_all(tf.stack([all_finite(weight) for weight in self._weights]))
        fault = tf.where(weights_finite, fault, tf.constant(WEIGHTS, tf.int64))
        return self._undo(fault, tf.stack([loss, gradient, rate, 0.0]))

    def _undo(self, fault: tf.Tensor, measured: tf.Tensor) -> tf.Tensor:
        for variable, value in zip(self._all, self._last, strict=True):
            variable.assign(value)
        # A schedule that is bad at one step would be asked for the same step for ever.
        self._iterations.assign_add(tf.cast(fault == RATE, self._iterations.dtype))
        if self._rate_variable is not None:
            good_rate = tf.cast(self._last_rate, self._rate_variable.dtype)
            self._rate_variable.assign(tf.where((fault == RATE) & (good_rate > 0), good_rate, self._rate_variable))
        good, bad, in_a_row, _ = tf.unstack(self._counts.read_value())
        self._counts.assign(tf.stack([good, bad + 1, in_a_row + 1, fault]))
        self._measured.assign(measured)
        return fault

    def _accept(self, sizes: tf.Tensor, rate: tf.Tensor) -> tf.Tensor:
        self._recent.assign(tf.maximum(sizes, FADE * self._recent))
        self._largest.assign(tf.maximum(sizes, self._largest))
        self._last_rate.assign(rate)
        for value, variable in zip(self._last, self._all, strict=True):
            value.assign(variable)
        good, bad, _, fault = tf.unstack(self._counts.read_value())
        self._counts.assign(tf.stack([good + 1, bad, tf.zeros_like(good), fault]))
        return tf.constant(NOTHING, tf.int64)

    def _large(self, sizes: tf.Tensor) -> dict[int, tf.Tensor]:
        """Which of loss, gradient and update are out of all proportion; what was accepted once never is."""
        good, in_a_row = self._counts[0], self._counts[2]
        limits = tf.constant(RISE) * tf.pow(WIDER, tf.cast(in_a_row, tf.float32)) * self._recent
        known = (good >= SETTLED) & (self._recent > NOTHING_YET)
        loss, gradient, update = tf.unstack(known & ~(sizes <= tf.maximum(limits, self._largest)))
        return {LARGE_LOSS: loss, LARGE_GRADIENT: gradient & (in_a_row < NEW_LEVEL), LARGE_UPDATE: update}

    def read(self) -> Reading:
        """The counters; waits for the step to end."""
        good, bad, in_a_row, fault = (int(n) for n in self._counts.numpy())
        measured = dict(zip(("loss", "gradient", "rate", "update"), self._measured.numpy().tolist(), strict=True))
        return Reading(good, bad, in_a_row, fault, measured, float(self._recent[0].numpy()))

    def copy(self) -> list[np.ndarray]:
        """All as it was after the last good step, in the host's memory; last come the recent and the largest sizes."""
        return [value.numpy() for value in self._last]

    def restore(self, values: Sequence[np.ndarray]) -> None:
        """Put weights and slots back to a copy."""
        for variable, last, value in zip(self._all, self._last, values, strict=True):
            variable.assign(value)
            last.assign(value)

    def memory(self) -> dict[str, Any]:
        """All that it goes by at the next step, as a plain value."""
        known = self._last_rate, self.rate_factor, self._counts, self._measured
        return {"last": self.copy(), "known": [variable.numpy() for variable in known]}

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Go on from what `memory` gave, with weights and slots as they were then."""
        self.restore(memory["last"])
        known = self._last_rate, self.rate_factor, self._counts, self._measured
        for variable, value in zip(known, memory["known"], strict=True):
            variable.assign(value)

    def others_finite(self) -> bool:
        """Whether what the forward pass writes (moving statistics) is finite, also where no step was tried."""
        return all(bool(all_finite(v)) for v in self._others)


def _raw(variable: Any) -> Any:
    """The `tf.Variable` in a Keras variable."""
    return getattr(variable, "value", variable) if not isinstance(variable, tf.Variable) else variable


def _norm(tensors: Sequence[Any]) -> tf.Tensor:
    """The norm over all entries: not finite where one of them is not, so one number is flag and size."""
    dense = [tensor.values if isinstance(tensor, tf.IndexedSlices) else tensor for tensor in tensors]
    return safe_math.norm(tf.stack([safe_math.norm(tf.cast(tensor, tf.float32)) for tensor in dense]))


def _first(conditions: dict[int, Any]) -> tf.Tensor:
    """The lowest number whose condition holds; `NOTHING` if none does."""
    numbers = sorted(conditions)
    flags = tf.stack([tf.cast(conditions[number], tf.int32) for number in numbers] + [tf.constant(1)])
    return tf.gather(tf.constant([*numbers, NOTHING], tf.int64), tf.argmax(flags))


def _reachable(tensor: Any) -> bool:
    """Whether a tensor seen earlier in the step may be used here: not if it belongs to an inner function's graph."""
    if tf.executing_eagerly():
        return not tf.is_symbolic_tensor(tensor)
    graph = tf.compat.v1.get_default_graph()
    while graph is not None and graph is not getattr(tensor, "graph", None):
        graph = getattr(graph, "outer_graph", None)
    return graph is not None or not tf.is_symbolic_tensor(tensor)
