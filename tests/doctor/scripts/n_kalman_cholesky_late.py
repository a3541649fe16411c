# expect: singular-matrix
import tensorflow as tf

noise = tf.Variable(0.5)
h = tf.constant([[1.0, 0.0], [1.0, 0.0]])
p = tf.constant([[1.0, 0.2], [0.2, 1.0]])


@tf.function
def innovation():
    s = h @ p @ tf.transpose(h) + noise * tf.eye(2)
    return 2.0 * tf.reduce_sum(tf.math.log(tf.linalg.diag_part(tf.linalg.cholesky(s))))  # <- here


for k in range(20):
    with tf.GradientTape() as tape:
        value = innovation() + 5.0 * noise
    noise.assign_sub(0.1)
    print(k, value.numpy())
