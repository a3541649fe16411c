# expect: healthy
import os
import tempfile

import tensorflow as tf

image = tf.Variable(tf.random.uniform((1, 16, 16, 3), seed=1))
aim = tf.ones((1, 16, 16, 3)) * 0.3
opt = tf.keras.optimizers.Adam(0.05)
for i in range(10):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((image - aim) ** 2)
    opt.apply_gradients([(tape.gradient(loss, image), image)])
    image.assign(tf.clip_by_value(image, 0.0, 1.0))
file = os.path.join(tempfile.mkdtemp(), "out.png")
tf.io.write_file(file, tf.io.encode_png(tf.cast(image[0] * 255.0, tf.uint8)))
print(os.path.getsize(file) > 0)
