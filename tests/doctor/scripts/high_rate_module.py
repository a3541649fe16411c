# expect: high-learning-rate
import numpy as np
import tensorflow as tf


class Net(tf.Module):
    def __init__(self):
        self.w = tf.Variable(tf.random.stateless_normal((5, 5), (1, 2)))
        self.b = tf.Variable(tf.zeros(5))

    def __call__(self, x):
        return x @ self.w + self.b


net = Net()
x = tf.constant(np.random.default_rng(0).normal(size=(32, 5)), tf.float32)
y = tf.reverse(x, [1])
lr = 8.0  # <- here
for epoch in range(100):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((net(x) - y) ** 2)
    for v, g in zip(net.trainable_variables, tape.gradient(loss, net.trainable_variables)):
        v.assign(v - lr * g)  # <- here
print(loss)
