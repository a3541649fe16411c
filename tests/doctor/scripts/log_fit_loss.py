# expect: log-of-nonpositive
import keras
import numpy as np


def log_error(y, p):
    return keras.ops.mean(keras.ops.square(keras.ops.log(y) - keras.ops.log(p)))  # <- here


x = np.random.default_rng(0).uniform(size=(32, 3)).astype("float32")
y = np.maximum(x.sum(1, keepdims=True) - 1.2, 0)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "softplus")])
model.compile("adam", loss=log_error, jit_compile=False)
model.fit(x, y, epochs=1, verbose=0)
