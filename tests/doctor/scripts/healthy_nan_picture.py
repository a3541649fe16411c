# expect: healthy
# twin of: nan_picture
import numpy as np
import tensorflow as tf

photo = np.random.default_rng(0).uniform(size=(1, 8, 8, 3)).astype("float32")
image = tf.Variable(photo)
optimizer = tf.keras.optimizers.Adam(0.02)
for _ in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(image - 0.5))
    optimizer.apply_gradients([(tape.gradient(loss, image), image)])
    print(loss.numpy())
