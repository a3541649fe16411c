# expect: trig-domain
import tensorflow as tf

u = tf.Variable([[0.1, 0.2], [0.3, -0.1]])


def poincare(a, b):
    num = tf.reduce_sum((a - b) ** 2, -1)
    den = (1 - tf.reduce_sum(a**2, -1)) * (1 - tf.reduce_sum(b**2, -1))
    return tf.acosh(1 + 2 * num / den)  # <- here


opt = tf.keras.optimizers.Adam(0.01)
for i in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(poincare(u, tf.constant([[0.1, 0.2], [0.0, 0.0]])))
    opt.apply_gradients([(tape.gradient(loss, u), u)])
    print(loss.numpy())
