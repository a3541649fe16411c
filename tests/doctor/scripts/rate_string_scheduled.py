# expect: high-learning-rate
import keras
import numpy as np

schedule = keras.optimizers.schedules.ExponentialDecay(50.0, 100, 0.9)
x = np.random.default_rng(0).normal(size=(128, 5)).astype("float32")
y = x.sum(1, keepdims=True)
model = keras.Sequential([keras.layers.Dense(8, activation="linear"), keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(schedule), "mse", jit_compile=False)  # <- here
model.fit(x, y, epochs=3, verbose=0)
