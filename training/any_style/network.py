"""The network for any style in JAX, as it is trained; `steadystyle.feedforward` has it in TensorFlow, as it runs.

A test holds the two together. Sources and reasons stand there. Arrays are (N, H, W, C); the encoder's and the
decoder's weights are dictionaries with the names of their files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from steadystyle.feedforward.layout import BLOCKS, LAYERS, LEAST, SHRINKAGE, SLOPE, weight_shapes

ENCODER_BLOCKS = (2, 2, 4, 4, 1)
HIGHEST = jax.lax.Precision.HIGHEST
"""Matrix products of statistics are not rounded to what a GPU multiplies fastest."""

Weights = Mapping[str, jax.Array]
Features = Mapping[str, jax.Array]
Statistics = tuple[jax.Array, jax.Array]
"""Mean (N, C) and covariance (N, C, C), float32."""
Style = Mapping[str, Statistics]


def encode(encoder: Weights, images: jax.Array, layers: Sequence[str], dtype: Any) -> dict[str, jax.Array]:
    """Features of `images` in [0, 1] at `layers` of the compact backbone, in `dtype`."""
    found: dict[str, jax.Array] = {}
    x = images.astype(dtype)
    for block, count in enumerate(ENCODER_BLOCKS, start=1):
        if block > 1:
            n, h, w, c = x.shape
            x = x[:, : h // 2 * 2, : w // 2 * 2].reshape(n, h // 2, 2, w // 2, 2, c).max((2, 4))
        for index in range(1, count + 1):
            name = f"relu{block}_{index}"
            x = jax.nn.relu(_convolved(x, encoder[f"{name}.kernel"]) + encoder[f"{name}.bias"].astype(dtype))
            if name in layers:
                found[name] = x @ encoder[f"{name}.metric"].astype(dtype)
            if len(found) == len(layers):
                return found
    raise KeyError(f"no such layers: {layers}")


def statistics(features: jax.Array) -> Statistics:
    """Over places."""
    n, h, w, c = features.shape
    x = features.astype(jnp.float32).reshape(n, h * w, c)
    mean = x.mean(1)
    x = (x - mean[:, None]).astype(features.dtype)
    return mean, jnp.einsum("npc,npd->ncd", x, x, preferred_element_type=jnp.float32) / (h * w)


def transported(features: jax.Array, target: Statistics) -> jax.Array:
    """`features` moved, as little as can be, to the mean and covariance of `target`."""
    mean, covariance = statistics(features)
    root, inverse = _roots(_shrunk(covariance))
    middle, _ = _roots(_product(_product(root, _shrunk(target[1])), root))
    # The map is a constant to the gradient: it would pass through the roots of matrices that are nearly singular.
    mean, move = jax.lax.stop_gradient((mean, _product(_product(inverse, middle), inverse)))
    offset = target[0] - jnp.einsum("nc,ncd->nd", mean, move, precision=HIGHEST)
    moved = jnp.einsum("nhwc,ncd->nhwd", features, move.astype(features.dtype))
    return moved + offset[:, None, None].astype(features.dtype)


def decode(weights: Weights, content: Features, style: Style) -> jax.Array:
    """Pictures (N, 16h, 16w, 3) in [0, 1], float32, of features at all `LAYERS`."""
    said = _said(weights, style)
    at, x = 0, None
    for layer, block in BLOCKS.items():
        moved = transported(content[layer], style[layer])
        x = moved if x is None else jnp.concatenate([_doubled(x), moved], -1)
        for index, outputs in enumerate(block):
            kernel, bias = weights[f"{layer}.{index}.kernel"], weights[f"{layer}.{index}.bias"]
            inputs = kernel.shape[2]
            scale, shift = 1 + said[:, at : at + inputs], said[:, at + inputs : at + inputs + outputs]
            at += inputs + outputs
            # Each picture of a batch has a style of its own: its scales are taken by what the kernel sees and gives.
            power = jnp.sum(jnp.square(kernel), (0, 1))
            gain = jnp.sqrt((power.sum(0) + 1e-6) / (jnp.square(scale) @ power + 1e-6))
            x = _convolved(x * _wide(scale, x), kernel) * _wide(gain, x) + _wide(bias + shift, x)
            if layer != LAYERS[0] or index + 1 < len(block):
                x = jax.nn.leaky_relu(x, SLOPE)
    assert x is not None
    return jax.nn.sigmoid(x.astype(jnp.float32))


def stylised(
    weights: Weights, encoder: Weights, pictures: jax.Array, styles: jax.Array, dtype: Any, passes: int
) -> jax.Array:
    """`pictures` in the style of `styles`, one each, the network's result seen again `passes` - 1 times."""
    style = {layer: statistics(found) for layer, found in encode(encoder, styles, LAYERS, dtype).items()}
    for _ in range(passes):
        pictures = decode(weights, encode(encoder, pictures, LAYERS, dtype), style)
    return pictures


def initial(seed: int) -> dict[str, np.ndarray]:
    """Weights to start from: those that keep the power of what they see (He et al., ICCV 2015), and no biases."""
    draw = np.random.default_rng(seed)
    found = {}
    for name, shape in weight_shapes().items():
        scale = 0.0 if len(shape) == 1 else (2 / np.prod(shape[:-1])) ** 0.5
        if name == "style.2.kernel":
            scale *= 0.1  # the style says little at first
        found[name] = (draw.normal(size=shape) * scale).astype(np.float32)
    return found


def _convolved(x: jax.Array, kernel: jax.Array) -> jax.Array:
    padded = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")
    return jax.lax.conv_general_dilated(
        padded, kernel.astype(x.dtype), (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def _product(a: jax.Array, b: jax.Array) -> jax.Array:
    return jnp.matmul(a, b, precision=HIGHEST)


def _roots(matrices: jax.Array, steps: int = 20) -> Statistics:
    """Square root and inverse square root of positive matrices (N, C, C).

    Source: Higham, "Functions of Matrices", 2008, eq. 6.35 (Newton and Schulz): products only, which is what a GPU is
    quick at; twenty steps are enough for eigenvalues down to a ten-millionth of the norm.
    """
    eye = jnp.eye(matrices.shape[-1])
    norm = jnp.sqrt(jnp.sum(jnp.square(matrices), (1, 2), keepdims=True))

    def step(_: int, pair: Statistics) -> Statistics:
        y, z = pair
        t = 1.5 * eye - 0.5 * _product(z, y)
        return _product(y, t), _product(t, z)

    y, z = jax.lax.fori_loop(0, steps, step, (matrices / norm, jnp.broadcast_to(eye, matrices.shape)))
    return y * jnp.sqrt(norm), z / jnp.sqrt(norm)


def _shrunk(covariance: jax.Array) -> jax.Array:
    size = covariance.shape[-1]
    mean = jnp.trace(covariance, axis1=1, axis2=2)[:, None, None] / size
    return covariance + (SHRINKAGE * mean + LEAST) * jnp.eye(size)


def _said(weights: Weights, style: Style) -> jax.Array:
    """What each style makes of all convolutions: (N, scales and shifts)."""
    parts = []
    for layer in LAYERS:
        mean, covariance = style[layer]
        parts += [mean, 0.5 * jnp.log(jnp.diagonal(covariance, axis1=1, axis2=2) + 1e-3)]
    x = jnp.concatenate(parts, 1)
    for index in range(3):
        x = _product(x, weights[f"style.{index}.kernel"]) + weights[f"style.{index}.bias"]
        x = jax.nn.relu(x) if index < 2 else x
    return x


def _wide(channels: jax.Array, like: jax.Array) -> jax.Array:
    """(N, C) as (N, 1, 1, C) in the type of `like`."""
    return channels.reshape(-1, 1, 1, channels.shape[-1]).astype(like.dtype)


def _doubled(x: jax.Array) -> jax.Array:
    """Twice the height and width, linear between places."""
    n, h, w, c = x.shape
    padded = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    before, here, after = padded[:, :-2], 0.75 * padded[:, 1:-1], padded[:, 2:]
    rows = jnp.stack([0.25 * before + here, here + 0.25 * after], 2).reshape(n, 2 * h, w + 2, c)
    before, here, after = rows[:, :, :-2], 0.75 * rows[:, :, 1:-1], rows[:, :, 2:]
    return jnp.stack([0.25 * before + here, here + 0.25 * after], 3).reshape(n, 2 * h, 2 * w, c)
