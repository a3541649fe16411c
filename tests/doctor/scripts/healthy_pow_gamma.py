# expect: healthy
# twin of: pow_gamma
import tensorflow as tf

linear = tf.Variable([0.0, 0.3, 0.8])
optimizer = tf.keras.optimizers.SGD(0.1)


@tf.function
def step():
    with tf.GradientTape() as tape:
        display = tf.pow(tf.maximum(linear, 1e-4), 1 / 2.4)
        loss = tf.reduce_sum(tf.square(display - 0.5))
    optimizer.apply_gradients([(tape.gradient(loss, linear), linear)])
    return loss


print(step(), step())
