"""The network for any style in JAX, as it is trained; `steadystyle.feedforward` has it in TensorFlow, as it runs.

A test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np

BLOCKS = (2, 2, 4, 4, 1)
LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
WIDTHS = {
    "relu5_1": (128, 128, 64),
    "relu4_1": (128, 128, 96),
    "relu3_1": (96, 64, 64),
    "relu2_1": (48, 32, 32),
    "relu1_1": (16, 16, 3),
}
CHANNELS = {"relu1_1": 16, "relu2_1": 32, "relu3_1": 64, "relu4_1": 128, "relu5_1": 128}
HIDDEN = 256
SHRINKAGE, LEAST = 1e-2, 1e-4
HIGHEST = jax.lax.Precision.HIGHEST

Parameters = Mapping[str, jax.Array]
Features = Mapping[str, jax.Array]
Statistics = tuple[jax.Array, jax.Array]


def convolution(x: jax.Array, kernel: jax.Array) -> jax.Array:
    padded = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")
    return jax.lax.conv_general_dilated(
        padded, kernel.astype(x.dtype), (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def encode(encoder: Parameters, images: jax.Array, layers: Sequence[str], dtype: jnp.dtype) -> dict[str, jax.Array]:
    """The compact backbone: features (N, h, w, C) of `images` (N, H, W, 3) in [0, 1] at `layers`."""
    found: dict[str, jax.Array] = {}
    x = images.astype(dtype)
    for block, count in enumerate(BLOCKS, start=1):
        if block > 1:
            n, h, w, c = x.shape
            x = x[:, : h // 2 * 2, : w // 2 * 2].reshape(n, h // 2, 2, w // 2, 2, c).max((2, 4))
        for index in range(1, count + 1):
            name = f"relu{block}_{index}"
            x = jax.nn.relu(convolution(x, encoder[f"{name}.kernel"]) + encoder[f"{name}.bias"].astype(dtype))
            if name in layers:
                metric = encoder.get(f"{name}.metric")
                found[name] = x if metric is None else x @ metric.astype(dtype)
            if len(found) == len(layers):
                return found
    raise KeyError(layers)


def statistics(features: jax.Array) -> Statistics:
    """Mean (N, C) and covariance (N, C, C) over places, float32."""
    n, h, w, c = features.shape
    x = features.astype(jnp.float32).reshape(n, h * w, c)
    mean = x.mean(1)
    x = (x - mean[:, None]).astype(features.dtype)
    return mean, jnp.einsum("npc,npd->ncd", x, x, preferred_element_type=jnp.float32) / (h * w)


def roots(matrices: jax.Array, steps: int = 20) -> Statistics:
    """Square root and inverse square root of positive matrices (N, C, C), by Newton and Schulz."""
    eye = jnp.eye(matrices.shape[-1])
    norm = jnp.sqrt(jnp.sum(jnp.square(matrices), (1, 2), keepdims=True))
    y, z = matrices / norm, jnp.broadcast_to(eye, matrices.shape)

    def step(_: int, pair: Statistics) -> Statistics:
        y, z = pair
        t = 1.5 * eye - 0.5 * jnp.matmul(z, y, precision=HIGHEST)
        return jnp.matmul(y, t, precision=HIGHEST), jnp.matmul(t, z, precision=HIGHEST)

    y, z = jax.lax.fori_loop(0, steps, step, (y, z))
    root = jnp.sqrt(norm)
    return y * root, z / root


def shrunk(covariance: jax.Array) -> jax.Array:
    """`covariance` with a hundredth of its mean eigenvalue added to all."""
    size = covariance.shape[-1]
    mean = jnp.trace(covariance, axis1=1, axis2=2)[:, None, None] / size
    return covariance + (SHRINKAGE * mean + LEAST) * jnp.eye(size)


def transported(features: jax.Array, target: Statistics) -> jax.Array:
    """`features` moved, as little as can be, to the mean and covariance of `target`."""
    mean, covariance = statistics(features)
    root, inverse = roots(shrunk(covariance))
    middle, _ = roots(jnp.matmul(jnp.matmul(root, shrunk(target[1]), precision=HIGHEST), root, precision=HIGHEST))
    transport = jnp.matmul(jnp.matmul(inverse, middle, precision=HIGHEST), inverse, precision=HIGHEST)
    mean, transport = jax.lax.stop_gradient((mean, transport))
    offset = target[0] - jnp.einsum("nc,ncd->nd", mean, transport, precision=HIGHEST)
    moved = jnp.einsum("nhwc,ncd->nhwd", features, transport.astype(features.dtype))
    return moved + offset[:, None, None].astype(features.dtype)


def describe(style: Mapping[str, Statistics]) -> jax.Array:
    """(N, 736): means and logarithms of deviations of all layers."""
    parts = []
    for layer in LAYERS:
        mean, covariance = style[layer]
        variance = jnp.diagonal(covariance, axis1=1, axis2=2)
        parts += [mean, 0.5 * jnp.log(variance + 1e-3)]
    return jnp.concatenate(parts, 1)


def decoder_shapes() -> dict[str, tuple[int, int]]:
    """Inputs and outputs of each convolution."""
    shapes: dict[str, tuple[int, int]] = {}
    inputs = 0
    for layer, block in WIDTHS.items():
        inputs += CHANNELS[layer]
        for index, outputs in enumerate(block):
            shapes[f"{layer}.{index}"] = inputs, outputs
            inputs = outputs
    return shapes


def initial(seed: int) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(seed)
    found = {}
    for name, (inputs, outputs) in decoder_shapes().items():
        found[f"{name}.kernel"] = draw.normal(size=(3, 3, inputs, outputs)) * np.sqrt(2 / (9 * inputs))
        found[f"{name}.bias"] = np.zeros(outputs)
    scales = sum(inputs for inputs, _ in decoder_shapes().values())
    biases = sum(outputs for _, outputs in decoder_shapes().values())
    described = 2 * sum(CHANNELS.values())
    found["style.0.kernel"] = draw.normal(size=(described, HIDDEN)) * np.sqrt(1 / described)
    found["style.0.bias"] = np.zeros(HIDDEN)
    found["style.1.kernel"] = draw.normal(size=(HIDDEN, HIDDEN)) * np.sqrt(2 / HIDDEN)
    found["style.1.bias"] = np.zeros(HIDDEN)
    found["style.2.kernel"] = draw.normal(size=(HIDDEN, scales + biases)) * 0.1 * np.sqrt(2 / HIDDEN)
    found["style.2.bias"] = np.zeros(scales + biases)
    return {name: array.astype(np.float32) for name, array in found.items()}


def modulation(parameters: Parameters, described: jax.Array) -> jax.Array:
    """What the style says to all convolutions: (N, scales and biases)."""
    x = described
    for index in range(3):
        x = jnp.matmul(x, parameters[f"style.{index}.kernel"], precision=HIGHEST) + parameters[f"style.{index}.bias"]
        x = jax.nn.relu(x) if index < 2 else x
    return x


def doubled(x: jax.Array) -> jax.Array:
    """`x` (N, H, W, C) at twice the height and width, linear between its places."""
    n, h, w, c = x.shape
    padded = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    rows = jnp.stack([0.25 * padded[:, :-2] + 0.75 * padded[:, 1:-1], 0.75 * padded[:, 1:-1] + 0.25 * padded[:, 2:]], 2)
    rows = rows.reshape(n, 2 * h, w + 2, c)
    both = jnp.stack([0.25 * rows[:, :, :-2] + 0.75 * rows[:, :, 1:-1], 0.75 * rows[:, :, 1:-1] + 0.25 * rows[:, :, 2:]], 3)
    return both.reshape(n, 2 * h, 2 * w, c)


def decode(parameters: Parameters, content: Features, style: Mapping[str, Statistics]) -> jax.Array:
    """Pictures (N, 16h, 16w, 3) in [0, 1], float32."""
    said = modulation(parameters, describe(style))
    at = 0
    x = None
    for layer, block in WIDTHS.items():
        moved = transported(content[layer], style[layer])
        x = moved if x is None else jnp.concatenate([doubled(x), moved], -1)
        for index, outputs in enumerate(block):
            kernel = parameters[f"{layer}.{index}.kernel"]
            inputs = kernel.shape[2]
            scale = 1 + said[:, at : at + inputs]
            bias = parameters[f"{layer}.{index}.bias"] + said[:, at + inputs : at + inputs + outputs]
            at += inputs + outputs
            # What a style makes of a kernel keeps the kernel's power: else some styles would saturate the picture.
            power = jnp.sum(jnp.square(kernel), (0, 1))
            gain = jnp.sqrt((power.sum(0) + 1e-6) / (jnp.square(scale) @ power + 1e-6))
            x = convolution(x * scale[:, None, None].astype(x.dtype), kernel) * gain[:, None, None].astype(x.dtype)
            x = x + bias[:, None, None].astype(x.dtype)
            if layer != LAYERS[0] or index + 1 < len(block):
                x = jax.nn.leaky_relu(x, 0.1)
    return jax.nn.sigmoid(x.astype(jnp.float32))
