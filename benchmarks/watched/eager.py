"""A small network trained eagerly; writes the seconds of its steps to the file given."""

import sys
import time
from pathlib import Path

import tensorflow as tf

STEPS = 60
x = tf.random.stateless_normal((64, 32, 32, 3), (1, 2))
y = tf.random.stateless_normal((64, 10), (3, 4))
layers = tf.keras.layers
model = tf.keras.Sequential([layers.Conv2D(16, 3, activation="relu"), layers.Flatten(), layers.Dense(10)])
optimizer = tf.keras.optimizers.Adam(1e-3)


def step() -> tf.Tensor:
    """One step."""
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x) - y))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
    return loss


step()
start = time.perf_counter()
for _ in range(STEPS):
    float(step())
Path(sys.argv[1]).write_text(str((time.perf_counter() - start) / STEPS), "utf-8")
