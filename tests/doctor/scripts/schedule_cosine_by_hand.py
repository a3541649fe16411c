# expect: nonfinite-learning-rate, zero-division
import math

import tensorflow as tf


class Warmup(tf.keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, peak, warmup):
        self.peak, self.warmup = peak, warmup

    def __call__(self, step):
        step = tf.cast(step, tf.float32)
        return self.peak * tf.minimum(step / self.warmup, 1.0)  # <- here

    def get_config(self):
        return {"peak": self.peak, "warmup": self.warmup}


w = tf.Variable([1.0, 2.0])
opt = tf.keras.optimizers.Adam(Warmup(1e-2, 0.0))
for i in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(w**2)
    opt.apply_gradients([(tape.gradient(loss, w), w)])
    print(loss.numpy(), w.numpy())
