"""A GradientTape loop with a loss that has no gradient at its optimum: the guard keeps the weights, and says why."""

import keras
import numpy as np
import tensorflow as tf

import steadystyle

generator = np.random.default_rng(0)
x = tf.constant(generator.normal(size=(64, 4)), tf.float32)
y = tf.linalg.matvec(x, tf.constant([1.0, -2.0, 0.5, 3.0]))
weights = tf.Variable(tf.zeros(4))
optimizer = keras.optimizers.Adam(0.1)


@tf.function
def measure(mask: tf.Tensor) -> tuple[list[tf.Tensor], tf.Tensor]:
    """The gradients and the loss; the root's gradient is infinite where the mask leaves nothing."""
    with tf.GradientTape() as tape:
        loss = tf.sqrt(tf.reduce_mean(tf.square(mask * (tf.linalg.matvec(x, weights) - y))))
    return tape.gradient(loss, [weights]), loss


with steadystyle.guard(optimizer, [weights]) as guard:
    for step in range(120):
        gradients, loss = measure(tf.constant(0.0 if step == 60 else 1.0))
        guard.apply(gradients, loss)
        if guard.gave_up:
            break

print(guard.report())
print(f"loss {float(loss):.3f}, weights {weights.numpy().round(2)}")
assert np.isfinite(weights.numpy()).all()
assert len(guard.events) == 1
