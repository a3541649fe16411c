# expect: trig-domain
import tensorflow as tf

v = tf.Variable([[1.0, 2.0, 3.0]])
u = tf.constant([[2.0, 4.0, 6.0]])


def angle(a, b):
    cosine = tf.reduce_sum(a * b, -1) / (tf.norm(a, axis=-1) * tf.norm(b, axis=-1))
    return tf.acos(cosine * 1.0000002)  # <- here


opt = tf.keras.optimizers.Adam(0.01)
for i in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(angle(v, u))
    opt.apply_gradients([(tape.gradient(loss, v), v)])
    print(loss.numpy())
