# expect: singular-matrix
import tensorflow as tf

features = tf.Variable(tf.random.stateless_normal((3, 8), (3, 4)))


@tf.function
def step():
    with tf.GradientTape() as tape:
        centred = features - tf.reduce_mean(features, 0)
        covariance = tf.matmul(centred, centred, transpose_a=True) / 3.0
        values, vectors = tf.linalg.eigh(covariance)
        root = vectors @ tf.linalg.diag(values**-0.5) @ tf.transpose(vectors)  # <- here
        loss = tf.reduce_mean(tf.square(centred @ root))
    features.assign_sub(0.01 * tape.gradient(loss, features))
    return loss


print(step())
