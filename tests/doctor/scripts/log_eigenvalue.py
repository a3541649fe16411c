# expect: log-of-nonpositive, singular-matrix
import tensorflow as tf

features = tf.Variable(tf.random.stateless_normal((3, 6), (1, 2)))
for _ in range(3):
    with tf.GradientTape() as tape:
        gram = tf.matmul(features, features, transpose_a=True)
        values = tf.linalg.eigvalsh(gram)
        loss = tf.reduce_sum(tf.square(tf.math.log(values)))  # <- here
    features.assign_sub(0.01 * tape.gradient(loss, features))
    print(loss)
