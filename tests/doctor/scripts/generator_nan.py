# expect: nonfinite-input
import numpy as np
import tensorflow as tf


def batches():
    for i in range(10):
        x = np.full((4, 3), 0.1 * i, "float32")
        if i == 7:
            x[2, 2] = np.nan
        yield x


w = tf.Variable(tf.ones((3, 1)))
data = tf.data.Dataset.from_generator(batches, output_signature=tf.TensorSpec((4, 3), tf.float32))
for x in data:  # <- here
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(x @ w))  # <- here
    w.assign_sub(0.1 * tape.gradient(loss, w))
