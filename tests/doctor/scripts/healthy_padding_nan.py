# expect: healthy
import numpy as np
import tensorflow as tf

sequences = [[1.0, 2.0], [3.0], [4.0, 5.0, 6.0]]
padded = np.full((3, 3), np.nan, "float32")
for i, s in enumerate(sequences):
    padded[i, : len(s)] = s
data = tf.constant(padded)
valid = ~tf.math.is_nan(data)
clean = tf.where(valid, data, tf.zeros_like(data))
w = tf.Variable(0.5)
for i in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum((w * clean - 1.0) ** 2 * tf.cast(valid, tf.float32)) / 6.0
    w.assign_sub(0.01 * tape.gradient(loss, w))
    print(loss.numpy(), w.numpy())
