# expect: healthy
import tensorflow as tf

x = tf.Variable(tf.random.normal((3, 6), seed=1))
for i in range(4):
    with tf.GradientTape() as tape:
        c = tf.matmul(x, x, transpose_a=True) / 3.0 + 1e-2 * tf.eye(6)
        loss = -tf.linalg.logdet(c) + tf.reduce_sum(x**2)
    x.assign_sub(0.01 * tape.gradient(loss, x))
    print(loss.numpy())
