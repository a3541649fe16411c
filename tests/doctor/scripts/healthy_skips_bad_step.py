# expect: healthy
import numpy as np
import tensorflow as tf

w = tf.Variable([0.5, 1.0])
scale = 2.0**40
for step in range(20):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.cast(w, tf.float16) ** 2)
        scaled = tf.cast(loss, tf.float32) * scale
    gradient = tape.gradient(scaled, w)
    if not np.isfinite(gradient.numpy()).all():
        scale /= 16
        continue
    w.assign_sub(0.1 * gradient / scale)
print(w.numpy())
