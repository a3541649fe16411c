# expect: healthy
import numpy as np
import tensorflow as tf

w = tf.Variable([0.1, 0.2])
optimizer = tf.keras.optimizers.SGD(0.1, clipnorm=1.0)
for i in range(20):
    x = tf.constant([1.0, np.inf if i == 7 else 2.0])
    if not np.isfinite(x.numpy()).all():
        print("left out batch", i)
        continue
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(w * x))
    optimizer.apply_gradients([(tape.gradient(loss, w), w)])
