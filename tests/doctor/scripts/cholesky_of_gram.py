# expect: singular-matrix
import tensorflow as tf

x = tf.random.normal((3, 8), seed=1)
w = tf.Variable(tf.eye(8))


@tf.function
def negative_log_det():
    f = x @ w
    gram = tf.matmul(f, f, transpose_a=True)
    return -tf.linalg.logdet(gram)  # <- here


for i in range(3):
    with tf.GradientTape() as tape:
        loss = negative_log_det()
    w.assign_sub(0.01 * tape.gradient(loss, w))
    print(loss.numpy())
