# expect: singular-matrix
import tensorflow as tf

a = tf.constant([[1.0, 2.0], [2.0, 4.0]])
s = tf.Variable(1.0)
for i in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.linalg.inv(s * a))  # <- here
    s.assign_sub(0.01 * tape.gradient(loss, s))
    print(loss.numpy())
