# expect: healthy
import sys

import tensorflow as tf

w = tf.Variable(4.0)
for i in range(1000):
    with tf.GradientTape() as tape:
        loss = (w - 1.0) ** 2
    w.assign_sub(0.1 * tape.gradient(loss, w))
    if loss < 1e-4:
        print("converged", i)
        sys.exit(0)
