# expect: zero-division
import numpy as np
import tensorflow as tf


def rescale(picture):
    low, high = tf.reduce_min(picture), tf.reduce_max(picture)
    return (picture - low) / (high - low)  # <- here


@tf.function
def loss_of(x, w):
    return tf.reduce_mean(tf.square(rescale(x) * w))


w = tf.Variable(1.0)
pictures = [np.random.default_rng(i).uniform(size=(4, 4)).astype("float32") for i in range(6)]
pictures.append(np.full((4, 4), 0.3, "float32"))
for picture in pictures:
    with tf.GradientTape() as tape:
        loss = loss_of(tf.constant(picture), w)
    w.assign_sub(0.1 * tape.gradient(loss, w))
    print("loss", loss.numpy())
