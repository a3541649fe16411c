# expect: nonfinite-input
import numpy as np
import tensorflow as tf

rng = np.random.default_rng(0)
x, y = rng.normal(size=(64, 4)).astype("float32"), rng.normal(size=(64, 1)).astype("float32")
xv, yv = rng.normal(size=(16, 4)).astype("float32"), rng.normal(size=(16, 1)).astype("float32")
xv[5, 2] = np.nan
model = tf.keras.Sequential([tf.keras.layers.Dense(4, "tanh"), tf.keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(x, y, validation_data=(xv, yv), epochs=2, verbose=0)  # <- here
