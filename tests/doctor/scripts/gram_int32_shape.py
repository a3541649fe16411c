# expect: integer-overflow
import tensorflow as tf


def style_loss(features, target):
    s = tf.shape(features)
    n, m = s[-1], s[1] * s[2]
    gram = tf.einsum("bijc,bijd->bcd", features, features)
    normaliser = tf.cast(4 * n * n * m * m, tf.float32)  # <- here
    return tf.reduce_sum((gram - target) ** 2) / normaliser


image = tf.Variable(tf.random.uniform((1, 256, 256, 1), seed=1))
kernel = tf.random.normal((1, 1, 1, 64), seed=2)
for i in range(2):
    with tf.GradientTape() as tape:
        maps = tf.nn.conv2d(image, kernel, 1, "SAME")
        loss = style_loss(maps, tf.zeros((1, 64, 64)))
    image.assign_sub(1e-9 * tape.gradient(loss, image))
    print(loss.numpy())
