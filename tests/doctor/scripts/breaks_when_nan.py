# expect: sqrt-of-negative
import math

import tensorflow as tf

x = tf.Variable(1.0)
history = []
for step in range(100):
    with tf.GradientTape() as tape:
        loss = -tf.sqrt(4.0 - x**2) - x  # <- here
    history.append(float(loss))
    if math.isnan(history[-1]):
        print("NaN at step", step)
        break
    x.assign_add(0.5)
print(history)
