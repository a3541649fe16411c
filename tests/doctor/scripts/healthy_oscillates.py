# expect: healthy
import tensorflow as tf

w = tf.Variable([3.0, 4.0])
optimizer = tf.keras.optimizers.SGD(0.99)
for _ in range(60):
    with tf.GradientTape() as tape:
        loss = 1e6 * tf.reduce_sum(w**2) / 1e6
    optimizer.apply_gradients([(tape.gradient(loss, w), w)])
print(float(loss))
