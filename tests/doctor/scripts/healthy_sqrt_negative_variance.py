# expect: healthy
# twin of: sqrt_negative_variance
import numpy as np
import tensorflow as tf

x = tf.constant(np.linspace(100, 2000, 2000)[:, None] * np.ones((1, 48)), tf.float32)
gain = tf.Variable(1.0)


@tf.function
def step():
    with tf.GradientTape() as tape:
        variance = tf.math.reduce_variance(x, axis=1) + 1e-6
        loss = tf.reduce_mean(gain * tf.sqrt(variance))
    gain.assign_sub(0.01 * tape.gradient(loss, gain))
    return loss


print([float(step()) for _ in range(3)])
