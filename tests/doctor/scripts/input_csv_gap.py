# expect: nonfinite-input
import io

import numpy as np
import tensorflow as tf

table = np.genfromtxt(io.StringIO("1,2,3\n4,,6\n7,8,9\n"), delimiter=",", dtype=np.float32)
features, label = table[:, :2], table[:, 2:]
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(features, label, epochs=2, verbose=0)  # <- here
print(model.predict(features, verbose=0))
