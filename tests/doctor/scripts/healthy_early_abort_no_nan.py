# expect: healthy
import math

import tensorflow as tf

w = tf.Variable(1.0)
for i in range(50):
    with tf.GradientTape() as tape:
        loss = tf.cosh(w)
    if math.isnan(float(loss)) or math.isinf(float(loss)):
        raise RuntimeError("loss is NaN")
    w.assign_sub(0.1 * tape.gradient(loss, w))
print(float(w))
