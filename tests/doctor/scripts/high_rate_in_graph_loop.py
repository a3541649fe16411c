# expect: high-learning-rate
# lint: not visible
import tensorflow as tf

weights = tf.Variable([2.0, 1.0])
rate = 0.9  # <- here


@tf.function
def train(steps):
    last = tf.constant(0.0)
    for _ in tf.range(steps):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(weights**4)
        slope = tape.gradient(loss, weights)
        weights.assign_sub(rate * slope)  # <- here
        last = loss
    return last


print("final loss", train(tf.constant(50)).numpy())
