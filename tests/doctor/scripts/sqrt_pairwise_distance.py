# expect: sqrt-gradient-at-zero
import tensorflow as tf

points = tf.Variable(tf.random.normal((6, 2), seed=1))
opt = tf.keras.optimizers.Adam(0.01)


def distances(p):
    difference = p[:, None] - p[None]
    return tf.sqrt(tf.reduce_sum(difference**2, -1))  # <- here


for i in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(distances(points))
    opt.apply_gradients([(tape.gradient(loss, points), points)])
    print(loss.numpy())
