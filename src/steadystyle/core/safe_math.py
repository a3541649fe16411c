"""Division, root and norm with a finite value *and* a finite gradient for every finite argument.

TensorFlow's own `sqrt` has an infinite gradient at 0, `norm` a NaN there, and `where` hides a bad value but not its
gradient; the remedy is always the same: the argument is made harmless *before* the function sees it.
"""

from __future__ import annotations

import tensorflow as tf

TINY = 1e-12
"""What a denominator or a radicand is raised to: far below any power that a float32 picture can have, far above
underflow.
"""


def divide(numerator: tf.Tensor, denominator: tf.Tensor, floor: float = TINY) -> tf.Tensor:
    """`numerator / max(denominator, floor)` for a denominator that is at least 0 by its nature (a power, a count)."""
    return numerator / tf.maximum(denominator, floor)


def sqrt(x: tf.Tensor, floor: float = TINY) -> tf.Tensor:
    """`sqrt(max(x, floor))`: at or below the floor the gradient is 0, not inf or NaN."""
    return tf.sqrt(tf.maximum(x, floor))


def norm(x: tf.Tensor) -> tf.Tensor:
    """Euclidean norm of all entries, measured after scaling by the largest, so that 1e30 does not overflow.

    Not finite exactly when an entry is not finite, or the true norm exceeds float32.
    """
    # Where the largest entry is inf or lost as NaN, the quotients below are NaN: nothing is hidden.
    largest = tf.reduce_max(tf.abs(x))
    scale = tf.stop_gradient(tf.maximum(largest, TINY))
    return scale * sqrt(tf.reduce_sum(tf.square(x / scale)))
