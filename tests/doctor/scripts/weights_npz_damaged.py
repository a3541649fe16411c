# expect: nonfinite-weights
import os
import tempfile

import numpy as np
import tensorflow as tf

path = os.path.join(tempfile.mkdtemp(), "w.npz")
kernel = np.random.default_rng(0).normal(size=(3, 2)).astype("float32")
kernel[1, 1] = np.nan
np.savez(path, kernel=kernel, bias=np.zeros(2, "float32"))

layer = tf.keras.layers.Dense(2)
layer.build((None, 3))
stored = np.load(path)
layer.set_weights([stored["kernel"], stored["bias"]])  # <- here
x = tf.ones((4, 3))
opt = tf.keras.optimizers.SGD(0.1)
for _ in range(2):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(layer(x) ** 2)
    opt.apply_gradients(zip(tape.gradient(loss, layer.trainable_variables), layer.trainable_variables))
    print(loss.numpy())
