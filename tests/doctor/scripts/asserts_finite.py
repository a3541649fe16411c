# expect: exp-overflow, unstable-softmax
import numpy as np
import tensorflow as tf

w = tf.Variable(1.0)


def f(v):
    return tf.exp(v * 30.0)  # <- here


for i in range(20):
    with tf.GradientTape() as tape:
        y = f(w)
        loss = tf.math.log1p(y) * 0.0 + y * 1e-9
    w.assign_add(0.5)
    assert np.isfinite(loss.numpy()), f"step {i} broke"
