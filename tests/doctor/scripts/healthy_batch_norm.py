# expect: healthy
import keras
import numpy as np

model = keras.Sequential(
    [
        keras.layers.Conv2D(4, 3),
        keras.layers.BatchNormalization(),
        keras.layers.ReLU(),
        keras.layers.GlobalMaxPooling2D(),
        keras.layers.Dense(1),
    ]
)
model.compile(keras.optimizers.SGD(0.01), "mse", metrics=["mae"], jit_compile=True)
x = np.random.default_rng(0).uniform(size=(32, 8, 8, 3)).astype("float32")
model.fit(x, x[:, 0, 0, :1], epochs=2, batch_size=8, verbose=0)
