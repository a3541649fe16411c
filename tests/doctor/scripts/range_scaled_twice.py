# expect: bad-input-range
import numpy as np
import tensorflow as tf

raw = np.random.default_rng(3).integers(0, 256, (8, 8, 8, 3)).astype("float32")
layer = tf.keras.layers.Dense(4)
optimizer = tf.keras.optimizers.SGD(0.01)


def prepare(batch):
    return tf.constant(batch) * 255.0  # <- here


for step in range(30):
    x = prepare(raw)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(layer(x)))
    gradients = tape.gradient(loss, layer.trainable_variables)
    optimizer.apply_gradients(zip(gradients, layer.trainable_variables))
