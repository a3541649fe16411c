# expect: healthy
import keras
import numpy as np

keras.mixed_precision.set_global_policy("mixed_float16")
x = np.random.default_rng(0).normal(size=(256, 8)).astype("float32")
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(16), keras.layers.Dense(1, dtype="float32")])
optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.01), initial_scale=2.0**24)
model.compile(optimizer, "mse", jit_compile=False)
model.fit(x, x[:, :1] * 30, epochs=2, batch_size=8, verbose=0)
