# expect: half-precision-underflow
import tensorflow as tf

x = tf.Variable([0.0, 0.5], dtype=tf.float16)
for _ in range(3):
    with tf.GradientTape() as tape:
        loss = -tf.reduce_sum(tf.math.log(x + 1e-8))  # <- here
    x.assign_sub(tf.cast(0.01, tf.float16) * tape.gradient(loss, x))
    print(loss.numpy())
