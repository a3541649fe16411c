# expect: sqrt-of-negative, singular-matrix
import tensorflow as tf

f = tf.random.normal((1, 6), seed=3)
features = tf.Variable(tf.tile(f, [4, 1]) * tf.constant([[1.0], [2.0], [3.0], [4.0]]))


def root(m):
    values, vectors = tf.linalg.eigh(m)
    return vectors @ tf.linalg.diag(tf.sqrt(values)) @ tf.transpose(vectors)  # <- here


target = tf.eye(6)
for i in range(4):
    with tf.GradientTape() as tape:
        centred = features - tf.reduce_mean(features, 0)
        cov = tf.matmul(centred, centred, transpose_a=True) / 4.0
        loss = tf.reduce_sum((root(cov) - target) ** 2)
    g = tape.gradient(loss, features)
    features.assign_sub(0.01 * g)
    print(i, loss)
