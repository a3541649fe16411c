# expect: healthy
import tensorflow as tf

m = tf.constant([[1.0, 0.0], [0.0, 0.0]])
w = tf.Variable(tf.ones((2, 2)))
for i in range(5):
    with tf.GradientTape() as tape:
        mean = tf.math.divide_no_nan(tf.reduce_sum(w * m, 1), tf.reduce_sum(m, 1))
        loss = tf.reduce_sum((mean - 0.3) ** 2)
    w.assign_sub(0.1 * tape.gradient(loss, w))
    print(loss.numpy())
