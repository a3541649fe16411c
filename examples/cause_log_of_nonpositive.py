"""The logarithm of zero: eigenvalues of a Gram matrix. NaN in a plain loop, the same distance kept finite in ours."""

import numpy as np
import tensorflow as tf

import steadystyle

generator = np.random.default_rng(0)
content = generator.random((48, 64, 3), np.float32)
stripes = np.tile(np.linspace(0, 1, 64, dtype=np.float32)[np.newaxis, :, np.newaxis], (48, 1, 3))  # grey: rank one


def logarithm_of_gram(picture: tf.Tensor) -> tf.Tensor:
    """As the formula has it: V log(eigenvalues) Vᵀ."""
    pixels = tf.reshape(picture, [-1, 3])
    values, vectors = tf.linalg.eigh(tf.matmul(pixels, pixels, transpose_a=True))
    return tf.matmul(vectors * tf.math.log(values), vectors, transpose_b=True)


# A plain loop on the log-Euclidean distance of colours: a grey picture's Gram matrix has two eigenvalues of 0.
picture = tf.Variable(content)
with tf.GradientTape() as tape:
    loss = tf.reduce_sum(tf.square(logarithm_of_gram(picture) - logarithm_of_gram(tf.constant(stripes * 0))))
picture.assign_sub(1e-3 * tape.gradient(loss, picture))
print(f"plain loop: loss {float(loss)}")
assert not np.isfinite(picture.numpy()).all()

# Ours: the same distance, on the features of a network.
for name, style in {"grey stripes": stripes, "black": stripes * 0}.items():
    result = steadystyle.stylize(content, style, size=64, steps=10, style_loss="log-euclidean", precision="float32")
    assert np.isfinite(result.image).all()
    print(f"SteadyStyle, {name}: {result.outcome.name.lower()}, loss {result.history[0].loss:.3f} to {result.loss:.3f}")
