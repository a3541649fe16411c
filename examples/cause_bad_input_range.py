"""Pixels from 0 to 255 where 0 to 1 is meant: NaN in a plain loop; in ours recognised, put right and said."""

import numpy as np
import tensorflow as tf

import steadystyle

generator = np.random.default_rng(0)
content = generator.integers(0, 256, (48, 64, 3)).astype(np.float32)  # forgot to divide
style = generator.random((48, 64, 3), np.float32) ** 3
kernel = tf.constant(generator.normal(size=(3, 3, 3, 16)), tf.float32)


def gram(picture: tf.Tensor) -> tf.Tensor:
    """The Gram matrix of one layer's features, divided by the number of places."""
    features = tf.reshape(tf.nn.relu(tf.nn.conv2d(picture, kernel, 1, "SAME")), [-1, 16])
    return tf.matmul(features, features, transpose_a=True) / (48 * 64)


def plain_loop(start: np.ndarray) -> float:
    """The last loss of gradient descent from `start`."""
    picture, target = tf.Variable(start[np.newaxis]), gram(style[np.newaxis])
    for _ in range(30):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(gram(picture) - target))
        picture.assign_sub(1e-1 * tape.gradient(loss, picture))
    return float(loss)


print(f"plain loop: loss {plain_loop(content)}; with the picture divided by 255: {plain_loop(content / 255):.3f}")
assert not np.isfinite(plain_loop(content))
assert np.isfinite(plain_loop(content / 255))

# Ours recognises them and says so; a pixel that is NaN is filled from those around it.
content[5, 7] = np.nan
result = steadystyle.stylize(content, style, size=64, steps=10, precision="float32")
assert np.isfinite(result.image).all()
assert [event.cause for event in result.events] == ["nonfinite-input", "bad-input-range"]
for event in result.events:
    print(f"SteadyStyle: {event.where}: {event.evidence}; {event.remedy}")
print(f"SteadyStyle: {result.outcome.name.lower()}, loss {result.history[0].loss:.3f} to {result.loss:.3f}")

# What might mean two things, such as HDR from 0 to 3, is refused and never guessed at.
try:
    steadystyle.stylize(style * 3, style, size=64)
except steadystyle.PictureError as error:
    print(f"SteadyStyle: {error}")
