# expect: healthy
import numpy as np
import tensorflow as tf


class Extremes(tf.Module):
    def __init__(self):
        self.low = tf.Variable(np.inf * tf.ones((3,)), trainable=False)
        self.high = tf.Variable(-np.inf * tf.ones((3,)), trainable=False)

    @tf.function
    def update(self, x):
        self.low.assign(tf.minimum(self.low, tf.reduce_min(x, 0)))
        self.high.assign(tf.maximum(self.high, tf.reduce_max(x, 0)))


extremes, w = Extremes(), tf.Variable(tf.ones((3,)))
extremes.low.assign(tf.fill((3,), np.inf))
for i in range(5):
    x = tf.random.stateless_normal((8, 3), (i, 0))
    extremes.update(x)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(x * w))
    w.assign_sub(0.1 * tape.gradient(loss, w))
print(extremes.low.numpy(), extremes.high.numpy())
