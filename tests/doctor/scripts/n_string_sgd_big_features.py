# expect: bad-input-range, high-learning-rate
import numpy as np
import tensorflow as tf

rng = np.random.default_rng(7)
area = rng.uniform(300, 4000, (200, 1)).astype("float32")
year = rng.uniform(1900, 2020, (200, 1)).astype("float32")
features = np.hstack([area, year])
price = (area * 0.0002).astype("float32")
model = tf.keras.Sequential([tf.keras.layers.Dense(8), tf.keras.layers.Dense(1)])
model.compile(optimizer="sgd", loss="mse")  # <- here
model.fit(features, price, epochs=3, batch_size=20, verbose=0)  # <- here
