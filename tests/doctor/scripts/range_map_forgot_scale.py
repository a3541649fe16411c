# expect: bad-input-range, high-learning-rate
import numpy as np
import tensorflow as tf

raw = np.random.default_rng(1).integers(0, 256, size=(64, 12, 12, 1)).astype("uint8")
goal = np.random.default_rng(2).uniform(size=(64, 1)).astype("float32")


def prepare(img, t):
    img = tf.cast(img, tf.float32)  # <- here
    return img, t


train = tf.data.Dataset.from_tensor_slices((raw, goal)).shuffle(64, seed=1).map(prepare).batch(8)
model = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(32, "relu"), tf.keras.layers.Dense(1)])
model.compile(tf.keras.optimizers.SGD(0.01), "mse")
model.fit(train, epochs=3, verbose=2)  # <- here
