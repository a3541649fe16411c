# expect: zero-division
import keras
import numpy as np
import tensorflow as tf


def dice(y, p):
    overlap = tf.reduce_sum(y * p, axis=-1)
    return 1.0 - 2.0 * overlap / (tf.reduce_sum(y, axis=-1) * tf.reduce_sum(p, axis=-1))  # <- here


x = np.random.default_rng(0).normal(size=(32, 6)).astype("float32")
y = (x > 0.8).astype("float32")
model = keras.Sequential([keras.layers.Dense(6, activation="sigmoid")])
model.compile("adam", dice, jit_compile=True)
model.fit(x, y, epochs=1, batch_size=8, verbose=0)
