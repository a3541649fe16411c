# expect: bad-input-range
import numpy as np
import tensorflow as tf

rng = np.random.RandomState(0)
train_images = rng.randint(0, 255, size=(200, 28, 28), dtype=np.uint8)
train_labels = rng.randint(0, 10, size=(200,))

model = tf.keras.models.Sequential()
model.add(tf.keras.layers.Flatten())
model.add(tf.keras.layers.Dense(128, activation="relu"))
model.add(tf.keras.layers.Dense(1))
model.compile(optimizer=tf.keras.optimizers.SGD(0.01), loss="mse")
model.fit(train_images, train_labels, epochs=2, batch_size=20, verbose=2)  # <- here
