# expect: zero-division
import tensorflow as tf

w = tf.Variable(tf.random.normal((4, 1), seed=3))
x = tf.random.normal((20, 4), seed=4)
y = tf.cast(x[:, :1] > 10.0, tf.float32)


def soft_f1(t, p):
    tp = tf.reduce_sum(t * p)
    precision = tp / tf.reduce_sum(p)
    recall = tp / tf.reduce_sum(t)  # <- here
    return 2 * precision * recall / (precision + recall)


for i in range(3):
    with tf.GradientTape() as tape:
        loss = 1.0 - soft_f1(y, tf.sigmoid(x @ w))
    grads = tape.gradient(loss, [w])
    tf.keras.optimizers.SGD(0.1).apply_gradients(zip(grads, [w]))
    print(i, float(loss))
