# expect: healthy
# twin of: masked_log
import tensorflow as tf

p = tf.Variable([0.0, 0.5, 0.5])
optimizer = tf.keras.optimizers.Adam(0.01)


def entropy(q):
    q = tf.where(q > 0, q, 1.0)
    return -tf.reduce_sum(tf.where(q > 0, q * tf.math.log(q), 0.0))


for _ in range(3):
    with tf.GradientTape() as tape:
        loss = entropy(p)
    optimizer.apply_gradients([(tape.gradient(loss, p), p)])
    print(float(loss))
