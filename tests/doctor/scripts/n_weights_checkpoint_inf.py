# expect: nonfinite-weights
import os
import tempfile

import numpy as np
import tensorflow as tf

model = tf.keras.Sequential(
    [tf.keras.Input((3,)), tf.keras.layers.Dense(4, activation="relu"), tf.keras.layers.Dense(1)]
)
kernel = model.layers[0].kernel
bad = np.array(kernel)
bad[0, 0] = np.inf
kernel.assign(bad)  # <- here
path = os.path.join(tempfile.mkdtemp(), "m.weights.h5")
model.save_weights(path)
model.load_weights(path)  # <- here
model.compile("sgd", "mse")
model.fit(np.ones((8, 3), "float32"), np.ones((8, 1), "float32"), epochs=1, verbose=0)
