# expect: log-of-nonpositive
import keras
import numpy as np
from keras import ops


class Entropy(keras.layers.Layer):
    def call(self, p):
        self.add_loss(-ops.mean(ops.sum(p * ops.log(p), axis=-1)))  # <- here
        return p


model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4, activation="relu"), Entropy()])
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
rng = np.random.default_rng(3)
model.fit(rng.normal(size=(32, 6)), rng.uniform(size=(32, 4)), epochs=1, verbose=0)
