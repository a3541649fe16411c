# expect: healthy
import tensorflow as tf

p = tf.Variable(tf.zeros((4, 3)))
goal = tf.random.normal((4, 3), seed=1)
opt = tf.keras.optimizers.Adam(0.05)


@tf.function
def step():
    with tf.GradientTape() as tape:
        norms = tf.sqrt(tf.reduce_sum(p**2, axis=1) + 1e-12)
        loss = tf.reduce_mean((p - goal) ** 2) + 0.01 * tf.reduce_mean(norms)
    opt.apply_gradients([(tape.gradient(loss, p), p)])
    return loss


for _ in range(8):
    tf.print(step())
