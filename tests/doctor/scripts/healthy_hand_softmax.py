# expect: healthy
# twin of: hand_softmax
import keras
import numpy as np
import tensorflow as tf


def loss_of(y, logits):
    weights = tf.exp(logits - tf.reduce_max(logits, axis=-1, keepdims=True))
    shares = weights / tf.reduce_sum(weights, axis=-1, keepdims=True)
    return -tf.reduce_mean(tf.reduce_sum(y * tf.math.log(shares + 1e-9), -1))


x = np.random.default_rng(0).normal(size=(32, 4)).astype("float32") * 60
y = np.eye(3, dtype="float32")[np.arange(32) % 3]
model = keras.Sequential([keras.layers.Dense(3)])
model.compile("adam", loss_of, jit_compile=False)
model.fit(x, y, epochs=1, verbose=0)
