# expect: sqrt-gradient-at-zero
import tensorflow as tf


class TotalVariation:
    def __call__(self, img):
        dx = img[:, 1:, :-1] - img[:, :-1, :-1]
        dy = img[:, :-1, 1:] - img[:, :-1, :-1]
        return tf.reduce_mean(tf.sqrt(dx * dx + dy * dy))  # <- here


canvas = tf.Variable(tf.zeros((1, 8, 8, 3)) + 0.5)
wish = tf.random.uniform((1, 8, 8, 3), seed=4)
tv, adam = TotalVariation(), tf.keras.optimizers.Adam(learning_rate=0.02)


@tf.function
def paint():
    with tf.GradientTape() as tape:
        l = tf.reduce_mean((canvas - wish) ** 2) + 0.1 * tv(canvas)
    grad = tape.gradient(l, canvas)
    adam.apply_gradients([(grad, canvas)])
    canvas.assign(tf.clip_by_value(canvas, 0.0, 1.0))
    return l


for n in range(5):
    tf.print(n, paint())
