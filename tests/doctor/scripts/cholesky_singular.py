# expect: singular-matrix
import tensorflow as tf

x = tf.Variable(tf.random.stateless_normal((2, 5), (1, 2)))
for _ in range(3):
    with tf.GradientTape() as tape:
        covariance = tf.matmul(x, x, transpose_a=True)
        loss = tf.linalg.logdet(covariance)  # <- here
    x.assign_sub(0.01 * tape.gradient(loss, x))
    print(loss)
