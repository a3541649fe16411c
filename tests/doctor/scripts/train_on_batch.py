# expect: zero-division
import keras
import numpy as np
import tensorflow as tf


class Unit(keras.layers.Layer):
    def call(self, x):
        return x / tf.norm(x, axis=-1, keepdims=True)  # <- here


inputs = keras.Input((4,))
outputs = keras.layers.Dense(1)(Unit()(keras.layers.Dense(4, use_bias=False)(inputs)))
model = keras.Model(inputs, outputs)
model.compile("adam", "mse", jit_compile=False)
rng = np.random.default_rng(0)
for i in range(6):
    x = rng.normal(size=(8, 4)).astype("float32")
    if i == 4:
        x[3] = 0.0
    print(model.train_on_batch(x, x[:, :1]))
