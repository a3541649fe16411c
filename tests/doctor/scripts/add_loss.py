# expect: zero-division
import keras
import numpy as np
import tensorflow as tf


class Sparse(keras.layers.Layer):
    def call(self, x):
        rate = tf.reduce_mean(x, axis=0)
        self.add_loss(tf.reduce_sum(0.05 * tf.math.log(0.05 / rate)))  # <- here
        return x


model = keras.Sequential(
    [keras.Input((4,)), keras.layers.Dense(6, "relu", kernel_initializer="zeros"), Sparse(), keras.layers.Dense(1)]
)
model.compile("adam", "mse", jit_compile=False)
x = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
model.fit(x, x[:, :1], verbose=0)
