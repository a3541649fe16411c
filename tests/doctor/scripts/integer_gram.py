# expect: integer-overflow
import tensorflow as tf


def style_loss(a, b):
    n, m = tf.constant(512), tf.constant(65536)
    size = 4 * n * n * m * m  # <- here
    return tf.reduce_sum(tf.square(a - b)) / tf.cast(size, tf.float32)


image = tf.Variable(tf.random.stateless_uniform((8, 8), (0, 1)))
other = tf.random.stateless_uniform((8, 8), (2, 3))
for _ in range(3):
    with tf.GradientTape() as tape:
        loss = style_loss(image, other)
    image.assign_sub(0.1 * tape.gradient(loss, image))
