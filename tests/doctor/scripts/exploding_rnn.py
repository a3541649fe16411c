# expect: exploding-gradient
import tensorflow as tf

w = tf.Variable(tf.eye(4) * 8.0)
x = tf.constant([[1e-30, 0.0, 1e-30, 0.0]])


@tf.function
def step():
    with tf.GradientTape() as tape:
        state = x
        for _ in tf.range(33):
            state = tf.matmul(state, w)  # <- here
        loss = 1e10 * tf.reduce_mean(tf.tanh(state * 1e9))  # <- here
    gradient = tape.gradient(loss, w)
    w.assign_sub(0.001 * gradient)
    return loss


print(step(), step())
