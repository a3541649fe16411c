# expect: zero-division
import numpy as np
import tensorflow as tf


class Cosine(tf.keras.layers.Layer):
    def call(self, inputs):
        a, b = inputs
        na = tf.sqrt(tf.reduce_sum(a * a, -1))
        nb = tf.sqrt(tf.reduce_sum(b * b, -1))
        return tf.reduce_sum(a * b, -1) / (na * nb)  # <- here


left, right = tf.keras.Input((4,)), tf.keras.Input((4,))
shared = tf.keras.layers.Dense(3, use_bias=False)
model = tf.keras.Model([left, right], Cosine()([shared(left), shared(right)]))
model.compile(optimizer="adam", loss="mae")
rng = np.random.default_rng(2)
a = rng.normal(size=(40, 4)).astype("float32")
a[31] = 0.0
model.fit([a, a[::-1].copy()], np.ones(40, "float32"), batch_size=8, epochs=1, shuffle=False, verbose=0)
