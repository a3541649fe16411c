"""Division by zero: a flat style has no contrast to divide by. NaN in a plain loop, a picture in ours."""

import numpy as np
import tensorflow as tf

import steadystyle

generator = np.random.default_rng(0)
content, flat = generator.random((48, 64, 3), np.float32), np.full((48, 64, 3), 0.5, np.float32)

# A plain loop that stretches the style to full contrast first, as many scripts do.
stretched = (flat - flat.min()) / tf.constant(flat.max() - flat.min())
picture = tf.Variable(content)
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(tf.square(tf.reduce_mean(picture, [0, 1]) - tf.reduce_mean(stretched, [0, 1])))
picture.assign_sub(tape.gradient(loss, picture))
print(f"plain loop: loss {float(loss)}")
assert np.isnan(picture.numpy()).all()

# Ours, with every style loss; a mean and a deviation of nothing but grey among them.
for style_loss in ("gram", "mean-std", "wasserstein"):
    result = steadystyle.stylize(content, flat, size=64, steps=10, style_loss=style_loss, precision="float32")
    assert np.isfinite(result.image).all()
    print(f"SteadyStyle, {style_loss}: {result.outcome.name.lower()}, loss {result.loss:.3f}")
