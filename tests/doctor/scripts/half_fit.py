# expect: half-precision-overflow
import keras
import numpy as np
import tensorflow as tf

keras.mixed_precision.set_global_policy("mixed_float16")


class Energy(keras.layers.Layer):
    def call(self, x):
        return tf.reduce_sum(tf.square(x * 40.0), axis=-1, keepdims=True)  # <- here


model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(64), Energy(), keras.layers.Dense(1, dtype="float32")])
model.compile(keras.optimizers.Adam(1e-3), "mse", jit_compile=False)
x = np.random.default_rng(0).normal(size=(32, 64)).astype("float32") * 3
model.fit(x, x[:, :1], epochs=2, batch_size=16, verbose=0)
