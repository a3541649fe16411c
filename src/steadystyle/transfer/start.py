"""The picture that a run starts from."""

from __future__ import annotations

import numpy as np

FLAT = 1e-3
"""Spread of a picture that gets a little noise, too little to be seen: where all pixels are alike a maximum over them
has no gradient that leads downhill.
"""
SMALLEST_VARIANCE = 1e-6
"""Of a colour direction: a grey or flat picture has none in some, and its colours cannot be stretched by infinity."""


def start_picture(kind: str, content: np.ndarray, style: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """A float32 picture of the content's shape (H, W, 3) in [0, 1].

    Args:
        kind: "content", the content itself; "noise", grey noise that knows neither picture; "style", the content with
        the
            colour statistics of the style.
        generator: for the noise.
    """
    if kind == "noise":
        picture = generator.normal(0.5, 0.15, content.shape)
    elif kind == "style":
        picture = with_colours_of(content, style)
    else:
        picture = content
    if picture.max() - picture.min() < FLAT:
        picture = picture + generator.normal(0.0, 1 / 255, content.shape)
    return np.clip(picture, 0.0, 1.0).astype(np.float32, copy=False)


def with_colours_of(picture: np.ndarray, other: np.ndarray) -> np.ndarray:
    """`picture` (H, W, 3) moved to the mean and covariance of `other`'s colours; float64, not clipped.

    Source: the linear transfer of Pitié and Kokaram, "The linear Monge-Kantorovitch colour mapping", CVMP 2007; of
    all linear maps with these statistics it moves colours the least. Variances are kept above `SMALLEST_VARIANCE`.
    """
    own_mean, own_covariance = _statistics(picture)
    mean, covariance = _statistics(other)
    root, inverse = _roots(own_covariance)
    middle, _ = _roots(root @ covariance @ root)
    moved: np.ndarray = (picture.astype(np.float64) - own_mean) @ (inverse @ middle @ inverse) + mean
    return moved


def _statistics(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    pixels = picture.reshape(-1, 3).astype(np.float64)
    mean = pixels.mean(0)
    centred = pixels - mean
    return mean, centred.T @ centred / len(pixels) + SMALLEST_VARIANCE * np.eye(3)


def _roots(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The square root of a symmetric positive matrix, and its inverse."""
    values, vectors = np.linalg.eigh(matrix)
    lengths = np.sqrt(np.maximum(values, SMALLEST_VARIANCE**2))
    return (vectors * lengths) @ vectors.T, (vectors / lengths) @ vectors.T
