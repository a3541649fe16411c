# expect: zero-division
import tensorflow as tf

logits = tf.Variable([0.5, -0.5, 0.1])


@tf.function
def step(weights):
    with tf.GradientTape() as tape:
        errors = tf.square(logits - 1.0)
        loss = tf.reduce_sum(errors * weights) * tf.math.reciprocal(tf.reduce_sum(weights))  # <- here
    logits.assign_sub(0.1 * tape.gradient(loss, logits))
    return loss


for weights in ([1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]):
    print(step(tf.constant(weights)))
