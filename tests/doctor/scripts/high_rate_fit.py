# expect: high-learning-rate
import keras
import numpy as np

x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
y = x @ np.ones((4, 1), "float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(16), keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(learning_rate=5.0), "mse", jit_compile=False)  # <- here
model.fit(x, y, epochs=20, batch_size=16, verbose=0)
