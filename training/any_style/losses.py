"""What the network for any style is trained on: content, Gram matrices, means and deviations, total variation.

Each is relative to its target. Those of the style are under a logarithm: flat styles, of which a picture is off by
many times their power, would drown the others.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp

from steadystyle.feedforward.layout import LAYERS
from training.any_style import network

CONTENT_LAYER = "relu4_2"
TERMS = ("content", "gram", "moments", "variation", "first pass", "style loss")
"""What `loss` tells beside its sum; the last is the mean of relative distances, which `stylize` minimises."""
FIRST_PASS = 0.3
"""The weight of what the first pass makes, where there are more."""

Wanted = Mapping[str, tuple[jax.Array, jax.Array]]
"""Gram matrix and moments of a style at each layer."""


def loss(
    weights: network.Weights, encoder: network.Weights, contents: jax.Array, styles: jax.Array, options: Namespace
) -> tuple[jax.Array, jax.Array]:
    """The loss of a batch, and `TERMS`."""
    dtype = jnp.dtype(options.precision)
    content = network.encode(encoder, contents, [*LAYERS, CONTENT_LAYER], dtype)
    reference = network.encode(encoder, styles, LAYERS, dtype)
    style = {layer: network.statistics(found) for layer, found in reference.items()}
    wanted = {layer: (gram(found), moments(found)) for layer, found in reference.items()}
    first = jnp.float32(0)
    made = network.decode(weights, content, style)
    terms, distance = _terms(made, content[CONTENT_LAYER], wanted, options, encoder, dtype)
    for _ in range(options.passes - 1):
        first += FIRST_PASS * jnp.sum(terms)
        made = network.decode(weights, network.encode(encoder, made, LAYERS, dtype), style)
        terms, distance = _terms(made, content[CONTENT_LAYER], wanted, options, encoder, dtype)
    return jnp.sum(terms) + first, jnp.concatenate([terms, first[None], distance[None]])


def _terms(
    made: jax.Array, content: jax.Array, wanted: Wanted, options: Namespace, encoder: network.Weights, dtype: Any
) -> tuple[jax.Array, jax.Array]:
    """The first four of `TERMS`, by their weights, and the last."""
    found = network.encode(encoder, made, [*LAYERS, CONTENT_LAYER], dtype)
    of_content = relative(found[CONTENT_LAYER].astype(jnp.float32), content.astype(jnp.float32), 1e-2)
    distances = jnp.stack([relative(gram(found[layer]), wanted[layer][0], 1e-4) for layer in LAYERS])
    of_moments = jnp.stack([relative(moments(found[layer]), wanted[layer][1], 1e-3) for layer in LAYERS])
    down, across = made[:, 1:] - made[:, :-1], made[:, :, 1:] - made[:, :, :-1]
    terms = [
        options.content_weight * jnp.mean(of_content),
        options.gram_weight * jnp.mean(jnp.log1p(options.tame * distances)) / options.tame,
        options.moments_weight * jnp.mean(jnp.log1p(of_moments)),
        options.tv_weight * (jnp.mean(jnp.square(down)) + jnp.mean(jnp.square(across))),
    ]
    return jnp.stack(terms), jnp.mean(distances)


def gram(features: jax.Array) -> jax.Array:
    """Gram matrices (N, C, C) of features (N, H, W, C), float32."""
    n, h, w, c = features.shape
    flat = features.reshape(n, h * w, c)
    return jnp.einsum("npc,npd->ncd", flat, flat, preferred_element_type=jnp.float32) / (h * w)


def moments(features: jax.Array) -> jax.Array:
    """Means and deviations (N, 2C) of features (N, H, W, C), float32."""
    wide = features.astype(jnp.float32)
    mean = wide.mean((1, 2))
    variance = jnp.square(wide - mean[:, None, None]).mean((1, 2))
    return jnp.concatenate([mean, jnp.sqrt(variance + 1e-4)], 1)


def relative(found: jax.Array, wanted: jax.Array, floor: float) -> jax.Array:
    """||found - wanted||² / ||wanted||² of each picture, (N,); `floor` is added to the mean square below."""
    axes = tuple(range(1, found.ndim))
    return jnp.mean(jnp.square(found - wanted), axes) / (jnp.mean(jnp.square(wanted), axes) + floor)
