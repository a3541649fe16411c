# expect: log-of-nonpositive
import keras
import numpy as np
import tensorflow as tf


class Focal(keras.losses.Loss):
    def call(self, y, p):
        right = tf.reduce_sum(y * p, axis=-1)
        return -((1 - right) ** 2) * tf.math.log(right)  # <- here


rng = np.random.default_rng(0)
x = rng.normal(size=(48, 4)).astype("float32") * 200
y = np.eye(3, dtype="float32")[rng.integers(0, 3, 48)]
model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
model.compile(keras.optimizers.Adam(0.001), Focal(), jit_compile=False)
model.fit(x, y, epochs=1, verbose=0)
