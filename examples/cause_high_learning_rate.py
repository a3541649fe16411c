"""A learning rate that is too high: NaN in a plain loop, lowered until it works in ours."""

import numpy as np
import tensorflow as tf

import steadystyle

generator = np.random.default_rng(0)
content, style = generator.random((48, 64, 3), np.float32), generator.random((48, 64, 3), np.float32) ** 3

# A plain loop: gradient descent on the distance of Gram matrices of a small network.
kernel = tf.constant(generator.normal(size=(3, 3, 3, 16)), tf.float32)


def gram(picture: tf.Tensor) -> tf.Tensor:
    """The Gram matrix of one layer's features."""
    features = tf.reshape(tf.nn.relu(tf.nn.conv2d(picture, kernel, 1, "SAME")), [-1, 16])
    return tf.matmul(features, features, transpose_a=True)


target = gram(style[np.newaxis])
picture = tf.Variable(content[np.newaxis])
optimizer = tf.keras.optimizers.SGD(learning_rate=1e-3)
for _ in range(20):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(gram(picture) - target))
    optimizer.apply_gradients([(tape.gradient(loss, picture), picture)])
print(f"plain loop: loss {float(loss)}, and the picture is lost")
assert not np.isfinite(picture.numpy()).all()

# Ours, at a thousand times the usual rate.
result = steadystyle.stylize(
    content, style, size=64, optimizer="adam", learning_rate=30.0, steps=60, precision="float32"
)
assert np.isfinite(result.image).all()
print(f"SteadyStyle: {result.outcome.name.lower()}, loss {result.history[0].loss:.2f} to {result.loss:.2f}")
for event in result.events:
    print(f"  step {event.step}: {event.cause} ({event.evidence}): {event.remedy}, {event.effect}")
assert {event.cause for event in result.events} == {"high-learning-rate"}
assert result.loss < result.history[0].loss
