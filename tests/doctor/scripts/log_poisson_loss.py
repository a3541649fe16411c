# expect: log-of-nonpositive
import tensorflow as tf
from tensorflow import keras


def poisson_nll(y_true, y_pred):
    return tf.reduce_mean(y_pred - y_true * tf.math.log(y_pred), axis=-1)  # <- here


keras.utils.set_random_seed(3)
model = keras.Sequential([keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1)])
model.compile("adam", poisson_nll, jit_compile=False)
x = tf.random.normal((128, 5))
y = tf.random.poisson((128, 1), 3.0)
model.fit(x, y, epochs=1, verbose=2)
