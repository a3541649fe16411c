# expect: healthy
import numpy as np
import tensorflow as tf

rng = np.random.default_rng(0)
x = rng.normal(size=(64, 3)).astype("float32")
y = (x @ [1.0, 2.0, 3.0]).astype("float32")
y[rng.uniform(size=64) < 0.3] = np.nan
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])


def masked_mse(true, pred):
    known = tf.math.is_finite(true)
    error = tf.where(known, true, 0.0) - tf.where(known, pred, 0.0)
    return tf.reduce_sum(error**2) / tf.maximum(tf.reduce_sum(tf.cast(known, tf.float32)), 1.0)


model.compile(tf.keras.optimizers.Adam(0.05), masked_mse)
h = model.fit(x, y[:, None], epochs=4, verbose=0)
print(h.history["loss"])
