# expect: bad-input-range, high-learning-rate
import numpy as np
import tensorflow as tf

photos = np.random.default_rng(7).integers(0, 256, (8, 16, 16, 3), dtype=np.uint8)
labels = tf.constant([0, 1, 2, 3, 0, 1, 2, 3])
batch = tf.cast(photos, tf.float32)  # <- here
model = tf.keras.Sequential(
    [
        tf.keras.layers.Conv2D(16, 3, activation="relu"),
        tf.keras.layers.Conv2D(16, 3, activation="relu"),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(4),
    ]
)
opt = tf.keras.optimizers.SGD(0.05)
onehot = tf.one_hot(labels, 4)
for step in range(20):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(batch) - onehot))
    opt.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
    print(step, loss.numpy())
