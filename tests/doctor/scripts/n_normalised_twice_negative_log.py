# expect: bad-input-range, log-of-nonpositive
import numpy as np
import tensorflow as tf

photo = np.random.default_rng(5).uniform(0.05, 1.0, (1, 10, 10, 3)).astype("float32")
mean, std = photo.mean(), photo.std()
standardised = tf.constant((photo - mean) / std)
gain = tf.Variable(1.0)
for k in range(3):
    with tf.GradientTape() as tape:
        density = -tf.math.log(standardised) * gain  # <- here
        loss = tf.reduce_mean(density)
    gain.assign_sub(0.1 * tape.gradient(loss, gain))
    print(k, loss)
