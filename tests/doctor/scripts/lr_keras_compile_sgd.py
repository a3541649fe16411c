# expect: high-learning-rate
import numpy as np
import tensorflow as tf
from tensorflow import keras

rng = np.random.default_rng(1)
x = rng.normal(size=(256, 20)).astype("float32")
y = (x @ rng.normal(size=(20, 1)) + 0.1).astype("float32")

model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(32, activation="relu"), keras.layers.Dense(1)])
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=5.0, momentum=0.9),  # <- here
    loss="mse",
)
history = model.fit(x, y, epochs=5, batch_size=32, verbose=2)
print(history.history["loss"])
