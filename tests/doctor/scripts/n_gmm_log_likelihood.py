# expect: log-of-nonpositive, unstable-softmax
import math

import tensorflow as tf

mu = tf.Variable([[-1.0], [1.0]])
log_sigma = tf.Variable([[0.0], [0.0]])
data = tf.constant([[0.1, -0.4, 60.0, 0.9]])
opt = tf.keras.optimizers.SGD(0.05)


@tf.function
def nll():
    sigma = tf.exp(log_sigma)
    density = tf.exp(-0.5 * ((data - mu) / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))
    mixture = tf.reduce_mean(density, axis=0)
    return -tf.reduce_mean(tf.math.log(mixture))  # <- here


for i in range(4):
    with tf.GradientTape() as tape:
        loss = nll()
    v = [mu, log_sigma]
    opt.apply_gradients(zip(tape.gradient(loss, v), v))
    tf.print("nll", loss)
