# expect: log-of-nonpositive
import tensorflow as tf

scale = tf.Variable([0.5, 0.2, 0.9])
optimizer = tf.keras.optimizers.Adam(0.05)


@tf.function
def step():
    with tf.GradientTape() as tape:
        entropy = tf.reduce_sum(tf.math.log(scale))  # <- here
        loss = entropy + tf.reduce_sum(scale)
    optimizer.apply_gradients([(tape.gradient(loss, scale), scale)])
    return loss


for i in range(60):
    value = step()
    if i % 20 == 0:
        print(value.numpy())
