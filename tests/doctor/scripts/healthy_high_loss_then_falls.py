# expect: healthy
import keras
import numpy as np


class Stop(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.best = np.inf

    def on_epoch_end(self, epoch, logs=None):
        self.best = min(self.best, logs["loss"])


x = np.random.default_rng(0).normal(size=(64, 8)).astype("float32") * 1000
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(0.01, clipnorm=1.0), "mse", jit_compile=False)
model.fit(x, x[:, :1] * 1000, epochs=4, verbose=0, callbacks=[Stop(), keras.callbacks.TerminateOnNaN()])
