# expect: healthy
# twin of: schedule_nan
import keras
import tensorflow as tf


class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, steps):
        self.steps = steps

    def __call__(self, step):
        return 0.01 * tf.cast(step, tf.float32) / self.steps


w = tf.Variable([1.0, 2.0])
optimizer = keras.optimizers.SGD(WarmUp(10.0))
for _ in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(w**2)
    optimizer.apply_gradients([(tape.gradient(loss, w), w)])
    print(float(loss))
