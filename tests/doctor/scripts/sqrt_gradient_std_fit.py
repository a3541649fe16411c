# expect: sqrt-gradient-at-zero
import keras
import numpy as np
import tensorflow as tf


class Spread(keras.layers.Layer):
    def call(self, x):
        return tf.math.reduce_std(x, axis=-1, keepdims=True)  # <- here


model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, kernel_initializer="zeros"), Spread()])
model.compile("sgd", "mse", jit_compile=False)
x = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
model.fit(x, x[:, :1], epochs=1, verbose=0)
