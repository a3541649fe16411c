# expect: sqrt-of-negative
import tensorflow as tf

w = tf.Variable(0.3)
for step in range(20):
    with tf.GradientTape() as tape:
        loss = tf.sqrt(w) + w  # <- here
    if tf.math.is_nan(loss):
        raise RuntimeError("loss is NaN")
    w.assign_sub(0.1 * tape.gradient(loss, w))
