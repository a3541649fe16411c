# expect: healthy
import numpy as np
import tensorflow as tf

rng = np.random.default_rng(0)
content, style = (tf.constant(rng.uniform(size=(1, 16, 16, 3)), tf.float32) for _ in range(2))
kernel = tf.random.stateless_normal((3, 3, 3, 8), (1, 2), stddev=0.3)


def features(x):
    return tf.nn.relu(tf.nn.conv2d(x - 0.5, kernel, 1, "SAME"))


def gram(x):
    flat = tf.reshape(x, (-1, 8))
    return tf.matmul(flat, flat, transpose_a=True) / tf.cast(tf.shape(flat)[0] * 8, tf.float32)


image = tf.Variable(content)
optimizer = tf.keras.optimizers.Adam(0.02)
best, best_loss = None, float("inf")


@tf.function
def step():
    with tf.GradientTape() as tape:
        found = features(image)
        loss = tf.reduce_mean((found - features(content)) ** 2) + tf.reduce_mean(
            (gram(found) - gram(features(style))) ** 2
        )
    optimizer.apply_gradients([(tape.gradient(loss, image), image)])
    image.assign(tf.clip_by_value(image, 0.0, 1.0))
    return loss


for _ in range(20):
    loss = float(step())
    if loss < best_loss:
        best, best_loss = image.numpy(), loss
print(best_loss, tf.image.psnr(content, content, 1.0).numpy())
