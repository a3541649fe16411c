# expect: bad-input-range
import numpy as np
import tensorflow as tf

rng = np.random.RandomState(8)
frames = rng.randint(0, 256, (10, 24, 24, 3)).astype(np.uint8)


def motion(a, b):
    d = a - b  # <- here
    return tf.cast(d, tf.float32) / 255.0


net = tf.keras.Sequential(
    [
        tf.keras.layers.Conv2D(4, 3, activation="relu"),
        tf.keras.layers.GlobalAveragePooling2D(),
        tf.keras.layers.Dense(1),
    ]
)
opt = tf.keras.optimizers.Adam(1e-3)
for i in range(9):
    x = motion(tf.constant(frames[i]), tf.constant(frames[i + 1]))[None]
    brightness = tf.reduce_mean(tf.cast(frames[i + 1], tf.float32)) / 255
    with tf.GradientTape() as tape:
        s = net(x)
        loss = tf.reduce_mean(tf.math.log(1.0 - 1.01 * tf.reduce_max(x)) * s) + brightness
    opt.apply_gradients(zip(tape.gradient(loss, net.trainable_variables), net.trainable_variables))
    print(i, float(loss))
