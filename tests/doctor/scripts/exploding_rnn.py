# expect: exploding-gradient
# lint: not visible
import tensorflow as tf

w = tf.Variable([0.3, 0.7])


@tf.function
def step():
    with tf.GradientTape() as tape:
        state = w
        for _ in tf.range(6):
            state = tf.sin(state * 1e8)  # <- here
        loss = tf.reduce_mean(state**2)
    gradient = tape.gradient(loss, w)
    w.assign_sub(0.001 * gradient)
    return loss


print(step(), step())
