# expect: bad-input-range, integer-overflow
import numpy as np
import tensorflow as tf

photo = tf.constant(np.random.default_rng(0).integers(0, 200, (1, 6, 6, 3)), tf.uint8)
weight = tf.Variable(0.5)
for _ in range(4):
    with tf.GradientTape() as tape:
        darker = tf.cast(photo - 60, tf.float32) / 200.0  # <- here
        shade = tf.sqrt(1.0 - darker)
        loss = tf.reduce_mean(tf.square(shade * weight))
    weight.assign_sub(0.01 * tape.gradient(loss, weight))
    print(loss.numpy())
