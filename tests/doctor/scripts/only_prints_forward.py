# expect: log-of-nonpositive
import tensorflow as tf


@tf.function
def measure(x):
    return tf.reduce_mean(tf.math.log(x))  # <- here


print("score:", float(measure(tf.constant([0.5, 0.0, 1.0]))))
