# expect: log-of-nonpositive, unstable-softmax
import keras
import numpy as np
import tensorflow as tf


def cross_entropy(y, p):
    return -tf.reduce_mean(y * tf.math.log(p) + (1 - y) * tf.math.log(1 - p))  # <- here


x = np.linspace(-300, 300, 64, dtype="float32")[:, None]
y = (x > 0).astype("float32")
model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones", activation="sigmoid")])
model.compile(keras.optimizers.SGD(0.01), cross_entropy, jit_compile=False)
model.fit(x, y, epochs=2, verbose=0)
