# expect: log-of-nonpositive
import keras
import numpy as np
import tensorflow as tf

values = np.random.default_rng(0).uniform(0.5, 2, size=(64, 3)).astype("float32")
values[40, 1] = 0.0


def to_log(x):
    return tf.math.log(x), x[:1]  # <- here


data = tf.data.Dataset.from_tensor_slices(values).map(to_log, num_parallel_calls=2).batch(8).prefetch(1)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("sgd", "mse", jit_compile=False)
model.fit(data, epochs=1, verbose=0)
