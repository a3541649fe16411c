# expect: label-out-of-range
# lint: not visible
import keras
import numpy as np

x = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
y = np.arange(32) % 5
model = keras.Sequential([keras.layers.Dense(4)])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile("sgd", loss, jit_compile=True)
model.fit(x, y, epochs=1, verbose=0)  # <- here
