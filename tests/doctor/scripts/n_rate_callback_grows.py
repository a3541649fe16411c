# expect: high-learning-rate
import numpy as np
import tensorflow as tf


def schedule(epoch, lr):
    return lr * 8.0


rng = np.random.default_rng(0)
x = rng.normal(size=(128, 6)).astype("float32")
y = x.sum(1, keepdims=True)
model = tf.keras.Sequential([tf.keras.layers.Dense(16, activation="elu"), tf.keras.layers.Dense(1)])
model.compile(tf.keras.optimizers.SGD(0.01), "mse")  # <- here
model.fit(x, y, epochs=12, verbose=0, callbacks=[tf.keras.callbacks.LearningRateScheduler(schedule)])
