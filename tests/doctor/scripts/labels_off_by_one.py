# expect: label-out-of-range
import numpy as np
import tensorflow as tf

x = np.random.default_rng(0).normal(size=(64, 6)).astype("float32")
y = np.random.default_rng(1).integers(1, 6, 64)
model = tf.keras.Sequential([tf.keras.layers.Dense(5)])
model.compile("adam", tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=True)
model.fit(x, y, epochs=1, verbose=2)  # <- here
