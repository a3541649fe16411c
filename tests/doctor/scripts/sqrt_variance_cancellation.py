# expect: sqrt-of-negative, sqrt-gradient-at-zero
import tensorflow as tf

base = tf.Variable(tf.ones((4, 1000)) * 1234.567)
scale = tf.Variable(1.0)


def deviation(v):
    mean_of_squares = tf.reduce_mean(v * v, axis=1)
    square_of_mean = tf.reduce_mean(v, axis=1) ** 2
    return tf.sqrt(mean_of_squares - square_of_mean)  # <- here


for k in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(deviation(base * scale * (1.0 + 0.1 * k)))
    base.assign_sub(1e-3 * tape.gradient(loss, base))
    print(loss.numpy())
