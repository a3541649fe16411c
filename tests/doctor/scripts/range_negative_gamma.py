# expect: bad-input-range, pow-domain
import numpy as np
import tensorflow as tf

rng = np.random.default_rng(0)
photo = rng.uniform(0, 1, (1, 8, 8, 3)).astype("float32")
augmented = photo + rng.normal(0, 0.3, photo.shape).astype("float32")
gain = tf.Variable(1.0)
for _ in range(3):
    with tf.GradientTape() as tape:
        linear = tf.pow(tf.constant(augmented), 2.2)  # <- here
        loss = tf.reduce_mean(tf.square(gain * linear - 0.5))
    gain.assign_sub(0.1 * tape.gradient(loss, gain))
