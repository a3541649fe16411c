# expect: bad-input-range
import numpy as np
import tensorflow as tf

network = tf.keras.Sequential(
    [tf.keras.layers.Conv2D(8, 3), tf.keras.layers.Conv2D(4, 3), tf.keras.layers.GlobalAveragePooling2D()]
)
optimizer = tf.keras.optimizers.SGD(0.02)
photos = np.random.default_rng(0).uniform(0, 255, (40, 10, 10, 3)).astype("float32")
wanted = np.random.default_rng(1).uniform(0, 1, (40, 4)).astype("float32")


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(network(x) - y))  # <- here
    gradients = tape.gradient(loss, network.trainable_variables)
    optimizer.apply_gradients(zip(gradients, network.trainable_variables))
    return loss


for epoch in range(20):
    for i in range(0, 40, 8):
        loss = train_step(photos[i : i + 8], wanted[i : i + 8])
    print("epoch", epoch, float(loss))
