# expect: masked-branch-gradient
import tensorflow as tf

x = tf.Variable([0.1, 200.0, -3.0])


@tf.function
def step():
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.where(x < 1.0, tf.exp(x), x))  # <- here
    x.assign_sub(0.1 * tape.gradient(loss, x))
    return loss


print(step(), step())
