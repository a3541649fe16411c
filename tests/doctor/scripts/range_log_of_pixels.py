# expect: bad-input-range, log-of-nonpositive
import numpy as np
import tensorflow as tf

pixels = tf.constant(np.random.default_rng(0).uniform(0, 255, (4, 6, 6, 3)), tf.float32)
strength = tf.Variable(0.5)
for _ in range(3):
    with tf.GradientTape() as tape:
        logits = tf.math.log(pixels / (1.0 - pixels))  # <- here
        loss = tf.reduce_mean(tf.square(strength * logits))
    strength.assign_sub(0.1 * tape.gradient(loss, strength))
    print(float(loss))
