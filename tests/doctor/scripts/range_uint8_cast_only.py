# expect: bad-input-range
import numpy as np
import tensorflow as tf

photos = np.random.default_rng(0).integers(0, 256, (32, 8, 8, 3), dtype=np.uint8)
labels = np.random.default_rng(1).uniform(size=(32, 2)).astype("float32")
first = tf.Variable(tf.random.stateless_normal((192, 16), (1, 1), stddev=0.1))
second = tf.Variable(tf.random.stateless_normal((16, 2), (2, 2), stddev=0.1))


@tf.function
def step(x, y):
    x = tf.cast(x, tf.float32)  # <- here
    with tf.GradientTape() as tape:
        hidden = tf.reshape(x, (-1, 192)) @ first
        loss = tf.reduce_mean(tf.square(hidden @ second - y))
    gradients = tape.gradient(loss, [first, second])
    for variable, gradient in zip([first, second], gradients):
        variable.assign_sub(0.01 * gradient)
    return loss


for epoch in range(5):
    for i in range(0, 32, 8):
        loss = step(photos[i : i + 8], labels[i : i + 8])
    print(epoch, loss.numpy())
