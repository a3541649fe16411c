# expect: bad-input-range
import keras
import numpy as np

images = np.random.default_rng(0).integers(0, 256, (64, 12, 12, 3)).astype("float32")
targets = np.random.default_rng(1).uniform(size=(64, 1)).astype("float32")
model = keras.Sequential(
    [
        keras.layers.Conv2D(8, 3),
        keras.layers.Conv2D(8, 3),
        keras.layers.Flatten(),
        keras.layers.Dense(1),
    ]
)
model.compile(keras.optimizers.SGD(0.01), "mse", jit_compile=False)
model.fit(images, targets, batch_size=16, epochs=10, verbose=0)  # <- here
