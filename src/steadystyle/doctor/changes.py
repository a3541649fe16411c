"""The one thing that an experiment changes while the script runs again: a knob, or the text of a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Changes:
    """What is different in this run; with none of it the script runs as it is.

    Attributes:
        eager_from: from this call of an outermost `tf.function` on, functions run operation by operation.
        learning_rate: factor of every optimizer's learning rate.
        gradients: factor of every gradient, for scripts that update without an optimizer.
        network_input: factor of what enters a Keras model.
        without_xla: `jit_compile=True` is ignored.
        sources: file name -> the text that is run in its place.
    """

    eager_from: int | None = None
    learning_rate: float = 1.0
    gradients: float = 1.0
    network_input: float = 1.0
    without_xla: bool = False
    sources: dict[str, str] = field(default_factory=dict)

    def rate(self, value: Any) -> Any:
        """The learning rate to use instead."""
        return value if self.learning_rate == 1 else value * self.learning_rate

    def gradient(self, nest: Any) -> Any:
        """The gradients to use instead."""
        if self.gradients == 1:
            return nest
        import tensorflow as tf

        return tf.nest.map_structure(lambda g: None if g is None else g * self.gradients, nest)

    def entering(self, value: Any) -> Any:
        """What enters the outermost Keras layer instead."""
        if self.network_input == 1:
            return value
        import tensorflow as tf

        if not tf.is_tensor(value):
            return value
        value = value if value.dtype.is_floating else tf.cast(value, tf.float32)
        return value * self.network_input
