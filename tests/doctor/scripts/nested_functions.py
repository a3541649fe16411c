# expect: zero-division
import tensorflow as tf


@tf.function
def normalise(x):
    total = tf.reduce_sum(x, axis=-1, keepdims=True)
    return x / total  # <- here


@tf.function
def loss_of(x, w):
    return tf.reduce_mean(tf.square(normalise(x) * w - 0.1))


@tf.function
def step(x, w):
    with tf.GradientTape() as tape:
        loss = loss_of(x, w)
    w.assign_sub(0.1 * tape.gradient(loss, w))
    return loss


w = tf.Variable(tf.ones((3,)))
data = tf.data.Dataset.from_tensor_slices(tf.constant([[1.0, 2.0, 3.0], [0.5, 0.1, 0.2], [1.0, -1.0, 0.0]])).batch(1)
for x in data:
    print(step(x, w).numpy())
