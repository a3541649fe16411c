# expect: healthy
import numpy as np
import tensorflow as tf

best, best_loss = None, tf.constant(np.inf)
print("start from", best_loss)
lowest = tf.Variable(np.inf, dtype=tf.float32)
x = tf.Variable([2.0, -1.0])
for _ in range(10):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(x**2)
    x.assign_sub(0.1 * tape.gradient(loss, x))
    lowest.assign(tf.minimum(lowest, loss))
    if loss < best_loss:
        best, best_loss = x.numpy(), loss
print(float(best_loss), lowest.numpy())
