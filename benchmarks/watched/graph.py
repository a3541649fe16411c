"""A style transfer in a `tf.function` on a network of real size; writes the seconds of its steps to the file given."""

import sys
import time
from pathlib import Path

import tensorflow as tf

STEPS = 6
network = tf.keras.applications.VGG16(weights=None, include_top=False, input_shape=(224, 224, 3))
deep = tf.keras.Model(network.input, [network.get_layer(f"block{i}_conv1").output for i in range(1, 5)])
image = tf.Variable(tf.random.stateless_uniform((1, 224, 224, 3), (1, 2)))
optimizer = tf.keras.optimizers.Adam(0.02)


@tf.function
def step() -> tf.Tensor:
    """One step."""
    with tf.GradientTape() as tape:
        loss = tf.add_n([tf.reduce_mean(tf.square(features)) for features in deep(image)])
    optimizer.apply_gradients([(tape.gradient(loss, image), image)])
    image.assign(tf.clip_by_value(image, 0.0, 1.0))
    return loss


step()
start = time.perf_counter()
for _ in range(STEPS):
    float(step())
Path(sys.argv[1]).write_text(str((time.perf_counter() - start) / STEPS), "utf-8")
