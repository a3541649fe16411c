"""The guard of a loop with a GradientTape: the `with` block, and the step in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import tensorflow as tf

from steadystyle.core.errors import SettingsError
from steadystyle.guard.training import TrainingGuard


class LoopGuard(TrainingGuard):
    """A `TrainingGuard` that is handed the gradients."""

    def __init__(self, optimizer: Any, variables: Sequence[Any]) -> None:
        super().__init__(optimizer, variables)
        self._variables = list(variables)
        self._apply = tf.function(self._gated(optimizer), reduce_retracing=True)

    def _gated(self, optimizer: Any) -> Any:
        def apply(gradients: list[Any], loss: tf.Tensor) -> None:
            self.watched.loss = loss
            present = [(g, v) for g, v in zip(gradients, self._variables, strict=True) if g is not None]
            optimizer.apply([g for g, _ in present], [v for _, v in present])

        return apply

    def apply(self, gradients: Sequence[Any], loss: Any, batch: Any = None) -> bool:
        """Take one optimizer step if it is good.

        Args:
            gradients: one for each variable, in their order; None and `tf.IndexedSlices` are allowed.
            loss: the unscaled loss, a scalar, that the gradients are of.
            batch: the data of this step, any nest of tensors; looked at only after a fault, to say if it came in.

        Returns:
            whether the step was taken; a loss scale may skip one without an event.

        Raises:
            SettingsError: the gradients do not fit the variables, or this is called inside a `tf.function`.
        """
        gradients = list(gradients)
        if not tf.executing_eagerly():
            raise SettingsError("guard.apply: called inside a tf.function; compute the gradients there, apply outside")
        if len(gradients) != len(self._variables) or all(gradient is None for gradient in gradients):
            wanted = f"wanted {len(self._variables)}, not all None"
            raise SettingsError(f"guard.apply: {len(gradients)} gradients came, {wanted}; pass one for each variable")
        if self.gave_up:
            return False
        self._apply(gradients, tf.convert_to_tensor(loss))
        before = self.accepted
        return self.settle(batch) == 0 and self.accepted > before


@contextmanager
def guard(optimizer: Any, variables: Sequence[Any]) -> Iterator[LoopGuard]:
    """Guard a training loop of your own: `guard.apply(gradients, loss)` in place of `optimizer.apply`.

    Args:
        optimizer: a Keras optimizer, also a `LossScaleOptimizer` or one with a schedule.
        variables: all that it trains, in the order of the gradients.

    Raises:
        WeightsError: a variable is not finite to begin with.
        SettingsError: training runs on several replicas.

    Example:
        with steadystyle.guard(optimizer, variables) as guard:
            for x, y in data:
                with tf.GradientTape() as tape:
                    loss = compute_loss(x, y)
                guard.apply(tape.gradient(loss, variables), loss)
                if guard.gave_up:
                    break
        print(guard.report())
    """
    guarded = LoopGuard(optimizer, variables)
    try:
        yield guarded
    finally:
        guarded.close()
