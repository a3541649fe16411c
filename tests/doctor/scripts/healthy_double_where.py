# expect: healthy
import tensorflow as tf

x = tf.Variable([0.0, 0.5, -1.0])


@tf.function
def step():
    with tf.GradientTape() as tape:
        safe = tf.where(x > 0, x, 1.0)
        loss = tf.reduce_sum(tf.where(x > 0, tf.math.log(safe), 0.0))
    x.assign_sub(0.01 * tape.gradient(loss, x))
    return loss


for _ in range(5):
    print(step())
