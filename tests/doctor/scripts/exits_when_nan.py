# expect: zero-division
import sys

import numpy as np
import tensorflow as tf

a = tf.Variable([3.0, 1.0])
for step in range(10):
    with tf.GradientTape() as tape:
        gap = tf.reduce_max(a) - tf.reduce_min(a)
        loss = 1.0 / gap  # <- here
    if not np.isfinite(loss.numpy()):
        print("giving up", file=sys.stderr)
        sys.exit(1)
    a.assign(a * 0.5 + tf.round(tf.reduce_mean(a)) * 0.5)
    a.assign(tf.round(a))
