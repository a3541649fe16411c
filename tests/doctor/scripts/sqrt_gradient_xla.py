# expect: sqrt-gradient-at-zero, small-std-division, zero-division
import tensorflow as tf

x = tf.Variable(tf.ones((2, 6)))


@tf.function(jit_compile=True)
def step():
    with tf.GradientTape() as tape:
        mean = tf.reduce_mean(x, axis=1, keepdims=True)
        loss = tf.reduce_sum((x - mean) / (tf.math.reduce_std(x, axis=1, keepdims=True) + 1e-5))  # <- here
    x.assign_sub(0.1 * tape.gradient(loss, x))
    return loss


for _ in range(3):
    print(step())
