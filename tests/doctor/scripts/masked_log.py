# expect: masked-branch-gradient
import tensorflow as tf

p = tf.Variable([0.0, 0.5, 0.5])
optimizer = tf.keras.optimizers.Adam(0.01)


def entropy(q):
    return -tf.reduce_sum(tf.where(q > 0, q * tf.math.log(q), 0.0))  # <- here


for _ in range(3):
    with tf.GradientTape() as tape:
        loss = entropy(p)
    optimizer.apply_gradients([(tape.gradient(loss, p), p)])
    print(float(loss))
