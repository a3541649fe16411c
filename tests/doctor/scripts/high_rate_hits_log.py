# expect: high-learning-rate
# lint: not visible
import tensorflow as tf

weights = tf.Variable([1.0, 1.0])
optimizer = tf.keras.optimizers.SGD(0.8)  # <- here
for step in range(100):
    with tf.GradientTape() as tape:
        size = tf.reduce_sum(weights**2)
        loss = size + tf.math.log(1.0 + tf.exp(size))
    optimizer.apply_gradients([(tape.gradient(loss, weights), weights)])
    print(step, loss.numpy())
