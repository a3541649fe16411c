# expect: zero-division
import tensorflow as tf
from tensorflow.keras import layers


class Pool(layers.Layer):
    """Weighted mean over the valid time steps."""

    def build(self, shape):
        self.score = layers.Dense(1)

    def call(self, x, valid):
        w = tf.nn.relu(self.score(x)) * valid[..., None]
        return tf.reduce_sum(w * x, 1) / tf.reduce_sum(w, 1)  # <- here


pool, head = Pool(), layers.Dense(1)
opt = tf.keras.optimizers.Adam(1e-3)
x = tf.random.normal((6, 5, 4), seed=8)
valid = tf.constant([[1, 1, 1, 1, 1.0]] * 5 + [[0, 0, 0, 0, 0.0]])


@tf.function
def step():
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((head(pool(x, valid)) - 1.0) ** 2)
    v = pool.trainable_variables + head.trainable_variables
    opt.apply_gradients(zip(tape.gradient(loss, v), v))
    return loss


for n in range(4):
    tf.print(step())
