# expect: unnormalised-loss
import tensorflow as tf

image = tf.Variable(tf.random.stateless_uniform((1, 32, 32, 3), (1, 2)))
target = tf.random.stateless_uniform((1, 32, 32, 3), (3, 4))
optimizer = tf.keras.optimizers.SGD(0.01)
for _ in range(10):
    with tf.GradientTape() as tape:
        content = tf.reduce_sum(tf.square(image - target))  # <- here
        loss = 1e20 * content**2
    optimizer.apply_gradients([(tape.gradient(loss, image), image)])
