# expect: half-precision-underflow, zero-division
import tensorflow as tf

EPS = 1e-9
x = tf.ones((4, 6), tf.float16)
gain = tf.Variable(tf.ones((6,), tf.float16))


def layer_norm(t):
    mean, var = tf.nn.moments(t, axes=[-1], keepdims=True)
    std = tf.sqrt(var) + EPS  # <- here
    return gain * (t - mean) / std


for i in range(2):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer_norm(x))
    gain.assign_sub(tape.gradient(loss, gain))
    print(loss.numpy())
