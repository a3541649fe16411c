# expect: zero-division, half-precision-underflow
import tensorflow as tf

x = tf.Variable([1e-4, 2e-4], dtype=tf.float16)
for _ in range(2):
    with tf.GradientTape() as tape:
        power = tf.reduce_sum(x * x * tf.cast(1e-4, tf.float16))
        loss = tf.reduce_sum(x) / power  # <- here
    x.assign_sub(tf.cast(1e-6, tf.float16) * tape.gradient(loss, x))
    print(loss)
