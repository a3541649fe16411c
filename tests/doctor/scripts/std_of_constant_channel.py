# expect: sqrt-gradient-at-zero, small-std-division, zero-division
import tensorflow as tf


def mean_std(x):
    return tf.reduce_mean(x, [1, 2]), tf.math.reduce_std(x, [1, 2])  # <- here


content = tf.Variable(tf.ones((1, 8, 8, 3)) * 0.25)
style = tf.random.uniform((1, 8, 8, 3), seed=3)
sm, ss = mean_std(style)
opt = tf.keras.optimizers.Adam(0.01)
for i in range(3):
    with tf.GradientTape() as tape:
        m, s = mean_std(content)
        loss = tf.reduce_sum((m - sm) ** 2) + tf.reduce_sum((s - ss) ** 2)
    opt.apply_gradients([(tape.gradient(loss, content), content)])
    print(loss.numpy())
