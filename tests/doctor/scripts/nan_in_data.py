# expect: nonfinite-input
import keras
import numpy as np

x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
x[37, 1] = np.nan
model = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(1)])
model.compile("adam", "mse", jit_compile=False)
model.fit(x, np.nan_to_num(x[:, :1]), batch_size=8, epochs=2, shuffle=False, verbose=0)  # <- here
