# expect: healthy
import numpy as np
import tensorflow as tf

w = tf.Variable([1.0, -1.0])
x = tf.random.normal((32, 2), seed=1)
opt = tf.keras.optimizers.SGD(0.05)
precisions = []
for i in range(10):
    with tf.GradientTape() as tape:
        p = tf.sigmoid(tf.linalg.matvec(x, w))
        loss = tf.reduce_mean((p - 0.2) ** 2)
    opt.apply_gradients([(tape.gradient(loss, w), w)])
    positive = tf.reduce_sum(tf.cast(p > 0.999, tf.float32))
    precisions.append((tf.reduce_sum(tf.cast(p > 0.9999, tf.float32)) / positive).numpy())
    print(i, loss.numpy())
print("mean precision over the steps that have one:", np.nanmean([*precisions, 0.0]))
