# expect: healthy
import numpy as np
import tensorflow as tf

values = np.array([0.1, np.nan, 0.3, np.inf, 0.5, 0.7], "float32")
ds = tf.data.Dataset.from_tensor_slices(values).filter(lambda v: tf.math.is_finite(v)).batch(2)
w = tf.Variable(1.0)
for epoch in range(3):
    for b in ds:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((w * b - 1.0) ** 2)
        w.assign_sub(0.1 * tape.gradient(loss, w))
    print(loss.numpy())
