# expect: half-precision-overflow
import tensorflow as tf

features = tf.Variable(tf.random.stateless_uniform((4096, 4), (1, 2), maxval=20.0))
for _ in range(3):
    with tf.GradientTape() as tape:
        half = tf.cast(features, tf.float16)
        gram = tf.matmul(half, half, transpose_a=True)  # <- here
        loss = tf.reduce_mean(tf.cast(gram, tf.float32))
    features.assign_sub(1e-4 * tape.gradient(loss, features))
    print(loss.numpy())
