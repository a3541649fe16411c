# expect: healthy
import numpy as np
import tensorflow as tf


class KeepBest(tf.keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.best = np.inf

    def on_epoch_end(self, epoch, logs=None):
        print(f"best before: {self.best}")
        if logs["loss"] < self.best:
            self.best = logs["loss"]


x = tf.random.normal((64, 4), seed=1)
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(
    x,
    x[:, :1],
    epochs=3,
    verbose=0,
    callbacks=[
        KeepBest(),
        tf.keras.callbacks.TerminateOnNaN(),
        tf.keras.callbacks.EarlyStopping(monitor="loss", patience=1),
    ],
)
