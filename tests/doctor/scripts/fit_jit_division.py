# expect: zero-division
import tensorflow as tf
from tensorflow import keras


def relative_error(y_true, y_pred):
    return tf.reduce_mean(tf.abs(y_true - y_pred) / tf.abs(y_true))  # <- here


x = tf.random.uniform((64, 4), seed=1)
y = tf.round(tf.reduce_sum(x, 1, keepdims=True) - 1.5)
model = keras.Sequential([keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss=relative_error, jit_compile=True)
model.fit(x, y, epochs=2, verbose=0)
