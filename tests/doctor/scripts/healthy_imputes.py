# expect: healthy
import numpy as np
import tensorflow as tf

table = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
table[::5, 2] = np.nan
w = tf.Variable(tf.zeros((4, 1)))
for _ in range(5):
    raw = tf.constant(table)
    x = tf.where(tf.math.is_nan(raw), tf.zeros_like(raw), raw)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(x @ w - 1.0))
    w.assign_sub(0.1 * tape.gradient(loss, w))
print(loss)
