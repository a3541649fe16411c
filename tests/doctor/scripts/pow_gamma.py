# expect: pow-domain
import tensorflow as tf

linear = tf.Variable([0.0, 0.3, 0.8])
optimizer = tf.keras.optimizers.SGD(0.1)


@tf.function
def step():
    with tf.GradientTape() as tape:
        display = tf.pow(linear, 1 / 2.4)  # <- here
        loss = tf.reduce_sum(tf.square(display - 0.5))
    optimizer.apply_gradients([(tape.gradient(loss, linear), linear)])
    return loss


print(step(), step())
