# expect: masked-branch-gradient
import tensorflow as tf


def encode(linear):
    low = 12.92 * linear
    high = 1.055 * linear ** (1 / 2.4) - 0.055  # <- here
    return tf.where(linear <= 0.0031308, low, high)


picture = tf.Variable([[0.0, 0.5], [0.2, -0.1]])
for _ in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(encode(picture) - 0.4))
    picture.assign_sub(0.1 * tape.gradient(loss, picture))
    print(float(loss))
