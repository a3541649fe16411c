# expect: healthy
import tensorflow as tf

w = tf.Variable([2.0, 1.0])
optimizer = tf.keras.optimizers.Adam(0.05)


@tf.function
def train(steps):
    lowest = tf.constant(float("inf"))
    for _ in tf.range(steps):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(w**4)
        optimizer.apply_gradients([(tape.gradient(loss, w), w)])
        lowest = tf.minimum(lowest, loss)
    return lowest


print(train(tf.constant(50)))
