# expect: zero-division
import tensorflow as tf

a = tf.Variable([[0.3, 0.4], [0.1, 0.9]])
b = tf.constant([[1.0, 2.0], [0.0, 0.0]])
for _ in range(3):
    with tf.GradientTape() as tape:
        unit = b / tf.sqrt(tf.reduce_sum(b * b, axis=1, keepdims=True))  # <- here
        loss = -tf.reduce_sum(a * unit)
    a.assign_sub(0.1 * tape.gradient(loss, a))
    print(loss)
