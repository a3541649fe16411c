"""Batches for training, made on the device from pictures that lie there whole."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image, ImageOps

from training.any_style.network import HIGHEST
from training.any_style.styles import Styles

SIDE = 256
"""Of the pictures that crops are taken from."""
PAINTED = 64
"""Style pictures that one process paints at a time."""
LARGEST = 1.7
"""A crop shows at least 1 / LARGEST of a picture's side."""


def photographs_of(files: list[Path]) -> np.ndarray:
    """Their middle squares, uint8 (N, SIDE, SIDE, 3)."""
    squares = []
    for path in files:
        with Image.open(path) as picture:
            squares.append(np.asarray(ImageOps.fit(picture.convert("RGB"), (SIDE, SIDE))))
    return np.stack(squares)


def painting(pool: Executor, files: list[Path], count: int, seed: int) -> list[Future[np.ndarray]]:
    """At least `count` style pictures, uint8 (PAINTED, SIDE, SIDE, 3) each, painted in the background."""
    parts = -(-count // PAINTED)
    return [pool.submit(_painted, files[i % 16 :: 16] or files, seed + i) for i in range(parts)]


def _painted(files: list[Path], seed: int) -> np.ndarray:
    source = Styles(files, PAINTED, SIDE, seed)
    return (source.batch() * 255).round().astype(np.uint8)


def crops(key: jax.Array, pictures: jax.Array, count: int, size: int) -> jax.Array:
    """Some of `pictures` (uint8), cropped at random and mirrored: float32 (count, size, size, 3) in [0, 1]."""
    keys = jax.random.split(key, 4)
    picked = pictures[jax.random.randint(keys[0], (count,), 0, len(pictures))].astype(jnp.float32) / 255
    least = size / SIDE
    scale = jnp.exp(jax.random.uniform(keys[1], (count,), minval=jnp.log(least), maxval=jnp.log(LARGEST * least)))
    offset = -jax.random.uniform(keys[2], (count, 2)) * (SIDE * scale - size)[:, None]

    def crop(picture: jax.Array, by: jax.Array, shift: jax.Array) -> jax.Array:
        both = jnp.stack([by, by])
        return jax.image.scale_and_translate(picture, (size, size, 3), (0, 1), both, shift, "linear", antialias=True)

    found = jax.vmap(crop)(picked, scale, offset).clip(0, 1)
    return jnp.where(_coin(keys[3], count, 0.5), found[:, :, ::-1], found)


def varied(key: jax.Array, pictures: jax.Array) -> jax.Array:
    """`pictures` turned at random, half of them in other colours, some as a negative."""
    keys, count = jax.random.split(key, 6), len(pictures)
    found = jnp.where(_coin(keys[0], count, 0.5), pictures.swapaxes(1, 2), pictures)
    found = jnp.where(_coin(keys[1], count, 0.5), found[:, ::-1], found)
    mixing = jnp.eye(3) + 0.35 * jax.random.normal(keys[2], (count, 3, 3))
    mixing = mixing / jnp.sum(mixing, 2, keepdims=True).clip(0.5)
    contrast, brightness = jax.random.uniform(keys[3], (2, count, 1, 1, 1))
    changed = jnp.einsum("nhwc,ndc->nhwd", found, mixing, precision=HIGHEST) - 0.5
    changed = (changed * (0.5 + 1.2 * contrast) + 0.35 + 0.3 * brightness).clip(0, 1)
    changed = jnp.where(_coin(keys[4], count, 0.12), 1 - changed, changed)
    return jnp.where(_coin(keys[5], count, 0.5), changed, found)


def _coin(key: jax.Array, count: int, share: float) -> jax.Array:
    return jax.random.bernoulli(key, share, (count, 1, 1, 1))
