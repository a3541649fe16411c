# expect: zero-division
import tensorflow as tf

w = tf.Variable(2.0)


@tf.function
def step():
    with tf.GradientTape() as tape:
        total, left = tf.constant(0.0), tf.constant(4.0)
        while left > -1.0:
            total += w / left  # <- here
            left -= 1.0
    w.assign_sub(0.01 * tape.gradient(total, w))
    return total


print(step())
