# expect: bad-input-range, unnormalised-loss
import numpy as np
import tensorflow as tf

photo = np.random.default_rng(0).integers(0, 256, (1, 24, 24, 3)).astype("float32")
painting = np.random.default_rng(1).integers(0, 256, (1, 24, 24, 3)).astype("float32")
network = tf.keras.Sequential([tf.keras.layers.Conv2D(16, 3), tf.keras.layers.Conv2D(16, 3)])


def gram(x):
    flat = tf.reshape(x, (-1, 16))
    return tf.matmul(flat, flat, transpose_a=True) / tf.cast(tf.shape(flat)[0], tf.float32)  # <- here


wanted = gram(network(painting))
image = tf.Variable(photo)
optimizer = tf.keras.optimizers.SGD(10.0)
for _ in range(10):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(gram(network(image)) - wanted))  # <- here
    optimizer.apply_gradients([(tape.gradient(loss, image), image)])
