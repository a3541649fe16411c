# expect: unstable-softmax
import tensorflow as tf


class Attention(tf.keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = (tf.keras.layers.Dense(8) for _ in range(3))

    def call(self, x):
        scores = tf.matmul(self.q(x), self.k(x), transpose_b=True)
        e = tf.exp(scores)  # <- here
        return (e / tf.reduce_sum(e, -1, keepdims=True)) @ self.v(x)  # <- here


layer = Attention()
x = tf.random.normal((2, 5, 8), seed=3) * 12.0
opt = tf.keras.optimizers.Adam(1e-3)
for i in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(layer(x) ** 2)
    opt.apply_gradients(zip(tape.gradient(loss, layer.trainable_variables), layer.trainable_variables))
    print("loss:", float(loss))
