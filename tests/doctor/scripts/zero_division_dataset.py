# expect: zero-division
import keras
import numpy as np
import tensorflow as tf


def standardise(x):
    return (x - tf.reduce_mean(x)) / tf.math.reduce_std(x)  # <- here


rows = np.random.default_rng(0).normal(size=(40, 5)).astype("float32")
rows[25] = 2.0
data = tf.data.Dataset.from_tensor_slices((rows, rows[:, :1])).map(lambda x, y: (standardise(x), y)).batch(4)
model = keras.Sequential([keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)])
model.compile("adam", "mse", jit_compile=False)
model.fit(data, epochs=2, verbose=0)
