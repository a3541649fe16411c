# expect: nothing (imported by others)
import tensorflow as tf


class Entropy(tf.Module):
    @tf.function
    def __call__(self, p):
        p = p / (tf.reduce_sum(p) + 1e-6)
        return -tf.reduce_sum(p * tf.math.log(p))  # <- here
