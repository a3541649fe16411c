# expect: half-precision-overflow
import tensorflow as tf

big = tf.constant([[300.0, 400.0]], tf.float32)
w = tf.Variable([[1.0], [1.0]])
for i in range(3):
    with tf.GradientTape() as tape:
        h = tf.cast(big @ w, tf.float16)
        energy = tf.reduce_sum(h * h)  # <- here
        loss = tf.cast(energy, tf.float32) * 1e-6
    w.assign_sub(1e-3 * tape.gradient(loss, w))
    print(loss.numpy())
