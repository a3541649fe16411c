# expect: exp-overflow
# lint: not visible
import math

import tensorflow as tf

w = tf.Variable(1.0)
optimizer = tf.keras.optimizers.SGD(-0.05)
for step in range(200):
    with tf.GradientTape() as tape:
        loss = tf.exp(w * 20.0)  # <- here
    value = float(loss)
    if math.isinf(value) or math.isnan(value):
        print("stopping at", step)
        break
    w.assign_add(0.2)
