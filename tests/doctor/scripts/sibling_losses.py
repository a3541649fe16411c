# expect: nothing (imported by others)
import tensorflow as tf


def kl_divergence(target, guess):
    return tf.reduce_sum(target * (tf.math.log(target) - tf.math.log(guess)))  # <- here


def gram(features):
    flat = tf.reshape(features, (-1, features.shape[-1]))
    return tf.matmul(flat, flat, transpose_a=True)  # <- here
