# expect: nonfinite-input
import numpy as np
import tensorflow as tf

rng = np.random.default_rng(1)
x = rng.uniform(size=(50, 3)).astype("float32")
y = np.array([1.0 if i != 33 else np.inf for i in range(50)], "float32")
dataset = tf.data.Dataset.from_tensor_slices((x, y)).batch(10)
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(dataset, epochs=1, verbose=0)  # <- here
