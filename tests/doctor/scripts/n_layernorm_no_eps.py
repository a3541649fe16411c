# expect: zero-division, sqrt-gradient-at-zero, small-std-division
import tensorflow as tf


def layer_norm(x, g, b):
    m = tf.reduce_mean(x, -1, keepdims=True)
    v = tf.reduce_mean(tf.square(x - m), -1, keepdims=True)
    return g * (x - m) * tf.math.rsqrt(v) + b  # <- here


g, b = tf.Variable(tf.ones(4)), tf.Variable(tf.zeros(4))
x = tf.concat([tf.random.normal((3, 4), seed=2), tf.ones((1, 4)) * 0.5], 0)
opt = tf.keras.optimizers.SGD(0.1)
for i in range(2):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer_norm(x, g, b) ** 2)
    opt.apply_gradients(zip(tape.gradient(loss, [g, b]), [g, b]))
    print(loss.numpy())
