"""Two pictures drawn with numpy, so that the demo needs no file: an evening landscape, and a starry night."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float32]

HEIGHT, WIDTH = 448, 672
OVERSAMPLING = 2
"""Drawn this much larger and averaged: smooth edges."""

STARS = (
    (0.16, 0.24, 0.12),
    (0.34, 0.12, 0.07),
    (0.52, 0.34, 0.17),
    (0.80, 0.20, 0.14),
    (0.68, 0.62, 0.09),
    (0.22, 0.66, 0.13),
)
"""Centre and radius of each swirl, in shares of the style picture's width."""
STROKE, BRISTLES = 20, 5
"""Half a brush stroke's length and its whole breadth, in pixels."""


def landscape() -> Array:
    """Evening: a low sun, four ranges of hills, a village and its trees; (H, W, 3) in [0, 1]."""
    height, width = HEIGHT * OVERSAMPLING, WIDTH * OVERSAMPLING
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / np.float32(width)
    picture = _sky(x, y)
    ranges = (
        (0.36, 0.030, 5.0, (0.56, 0.42, 0.58)),
        (0.42, 0.036, 7.0, (0.36, 0.36, 0.55)),
        (0.48, 0.030, 4.0, (0.25, 0.45, 0.42)),
        (0.57, 0.026, 3.0, (0.20, 0.36, 0.16)),
    )
    for number, (level, swing, waves, colour) in enumerate(ranges):
        ridge = level + swing * (np.sin(waves * x * 2 + number) + 0.5 * np.sin(waves * x * 5.3 + 2 * number))
        depth = np.clip((y - ridge) * 3, 0, 1)[..., None]
        meadow = 0.5 + 0.5 * np.sin(90 * (y - ridge) + 3 * np.sin(9 * x + number))[..., None]
        ground = _colour(colour) * (1.12 - 0.6 * depth) * (0.94 + 0.12 * meadow)
        picture = np.where((y > ridge)[..., None], ground, picture).astype(np.float32)
        if number == 2:
            _village(picture, x, y)
    _trees(picture, x, y)
    return _averaged(picture)


def starry() -> Array:
    """Swirling strokes in night blue and yellow, as the style of the demo; (H, W, 3) in [0, 1]."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32) / np.float32(WIDTH)
    angle = 0.6 * np.sin(7 * x + 4 * y) + 0.25 * np.sin(17 * y)
    flow = np.stack([np.cos(angle), np.sin(angle)])
    glow = np.zeros_like(x)
    for centre_x, centre_y, radius in STARS:
        distance = np.hypot(x - centre_x, y - centre_y)
        around = np.stack([centre_y - y, x - centre_x]) / np.maximum(distance, 1e-6)
        flow += 3 * np.exp(-((distance / (1.1 * radius)) ** 2)) * around
        glow += np.exp(-((distance / (0.45 * radius)) ** 2)) + 0.45 * np.exp(
            -(((distance - radius) / (0.25 * radius)) ** 2)
        )
    flow /= np.hypot(*flow)
    noise = np.random.default_rng(1889).random((2, HEIGHT, WIDTH), dtype=np.float32)
    grain, hue = (_along(channel, flow) for channel in noise)
    tone = np.clip(0.36 + 0.16 * grain + 0.42 * glow + 0.10 * np.sin(9 * y + 5 * x), 0, 1)
    palette = (
        (0.02, 0.04, 0.16),
        (0.05, 0.16, 0.46),
        (0.16, 0.42, 0.72),
        (0.55, 0.74, 0.74),
        (0.97, 0.80, 0.24),
        (1.0, 0.95, 0.68),
    )
    picture = _graded(tone, palette)
    warm = (np.clip(1.3 * hue - 0.9, 0, 1) * np.clip(1.2 - 2 * glow, 0, 1))[..., None]
    return _in_range(picture * (1 - warm) + _colour((0.86, 0.38, 0.14)) * warm)


PICTURES: Mapping[str, Callable[[], Array]] = {"landscape": landscape, "starry": starry}


def _sky(x: Array, y: Array) -> Array:
    evening = ((0.16, 0.26, 0.55), (0.42, 0.50, 0.74), (0.93, 0.66, 0.52), (1.0, 0.80, 0.50))
    sky = _graded(np.clip(y / 0.40, 0, 1), evening)
    distance = np.hypot(x - 0.68, y - 0.24)
    sky += np.exp(-distance / 0.11)[..., None] * _colour((0.50, 0.28, 0.05))
    cloud = np.sin(9 * x + 40 * y + 2 * np.sin(5 * x)) + np.sin(23 * x - 60 * y + 3 * np.sin(11 * x))
    veil = (np.clip(cloud - 0.7, 0, 1) * np.clip(1 - y / 0.36, 0, 1))[..., None]
    sky = sky * (1 - 0.6 * veil) + _colour((1.0, 0.86, 0.82)) * 0.6 * veil
    return np.where((distance < 0.052)[..., None], _colour((1.0, 0.95, 0.72)), sky)


def _village(picture: Array, x: Array, y: Array) -> None:
    """Houses and a church on the third range, drawn into `picture`."""
    houses = (
        (0.10, 0.530, 0.050),
        (0.17, 0.545, 0.060),
        (0.27, 0.530, 0.052),
        (0.42, 0.535, 0.062),
        (0.50, 0.525, 0.045),
    )
    walls = ((0.95, 0.90, 0.80), (0.90, 0.76, 0.58), (0.96, 0.94, 0.90), (0.86, 0.66, 0.55), (0.93, 0.86, 0.70))
    for (left, bottom, size), wall in zip(houses, walls, strict=True):
        _house(picture, x, y, (left, bottom, size, 0.62 * size), wall, roof=0.42 * size)
    _house(picture, x, y, (0.345, 0.530, 0.026, 0.090), (0.94, 0.90, 0.84), roof=0.065)


def _house(
    picture: Array, x: Array, y: Array, box: tuple[float, float, float, float], wall: Sequence[float], roof: float
) -> None:
    """`box` is left, bottom, width, height in shares of the picture's width; the gable's right side lies in shadow."""
    left, bottom, width, height = box
    top = bottom - height - roof
    picture, x, y = _part((picture, x, y), (left - width, top, left + 2 * width, bottom))
    inside = (x >= left) & (x < left + width) & (y < bottom) & (y >= bottom - height)
    shade = np.where(x > left + 0.6 * width, 0.72, 1.0)[..., None]
    picture[:] = np.where(inside[..., None], _colour(wall) * shade, picture)
    slope = (bottom - height - y) / roof
    gable = (slope >= 0) & (np.abs(x - left - width / 2) < (0.58 * width) * (1 - slope))
    picture[:] = np.where(gable[..., None], _colour((0.70, 0.22, 0.14)) * shade, picture)
    across, up = ((x - left) / width * 3) % 1, ((bottom - y) / width * 3) % 1
    window = inside & (np.abs(across - 0.5) < 0.2) & (np.abs(up - 0.55) < 0.25) & (bottom - y > 0.1 * width)
    picture[:] = np.where(window[..., None], _colour((0.99, 0.84, 0.42)), picture)


def _trees(picture: Array, x: Array, y: Array) -> None:
    """Firs in front, drawn into `picture`."""
    firs = (
        (0.035, 0.645, 0.17),
        (0.085, 0.655, 0.12),
        (0.62, 0.650, 0.14),
        (0.86, 0.655, 0.22),
        (0.925, 0.650, 0.15),
        (0.78, 0.640, 0.11),
    )
    for middle, bottom, size in firs:
        part, across, down = _part((picture, x, y), (middle - size, bottom - size, middle + size, bottom))
        up = (bottom - down) / size
        branch = 0.55 + 0.45 * ((up * 6) % 1)
        inside = (up > 0) & (up < 1) & (np.abs(across - middle) < 0.26 * size * (1 - up) * (1.5 - branch))
        lit = np.where(across > middle, 1.35, 0.9)[..., None]
        part[:] = np.where(inside[..., None], _colour((0.07, 0.24, 0.17)) * lit, part)


def _part(arrays: tuple[Array, Array, Array], box: tuple[float, float, float, float]) -> tuple[Array, Array, Array]:
    """Views of the arrays inside left, top, right, bottom, in shares of the width: drawing there costs little."""
    left, top, right, bottom = (max(0, round(edge * WIDTH * OVERSAMPLING)) for edge in box)
    picture, x, y = (array[top : bottom + 1, left : right + 1] for array in arrays)
    return picture, x, y


def _colour(red_green_blue: Sequence[float]) -> Array:
    return np.array(red_green_blue, np.float32)


def _graded(tone: Array, colours: Sequence[Sequence[float]]) -> Array:
    """`tone` in [0, 1] as a colour between evenly spaced `colours`."""
    places = np.linspace(0, 1, len(colours))
    channels = [np.interp(tone, places, channel) for channel in np.transpose(colours)]
    return np.stack(channels, axis=-1).astype(np.float32)


def _along(noise: Array, flow: Array) -> Array:
    """`noise` averaged along the lines of the flow field: brush strokes; mean 0, deviation 1.

    Source: Cabral and Leedom, "Imaging Vector Fields Using Line Integral Convolution", SIGGRAPH 1993.
    """
    height, width = noise.shape
    shifts = range(-(BRISTLES // 2), BRISTLES // 2 + 1)
    noise = np.sum(
        [np.roll(noise, (down, right), (0, 1)) for down in shifts for right in shifts], axis=0, dtype=np.float32
    )
    total = np.zeros_like(noise)
    for direction in (-1, 1):
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        for _ in range(STROKE):
            row, column = y.astype(np.intp) % height, x.astype(np.intp) % width
            total += noise[row, column]
            y += direction * flow[1, row, column]
            x += direction * flow[0, row, column]
    return np.asarray((total - total.mean()) / total.std(), np.float32)


def _averaged(picture: Array) -> Array:
    height, width = picture.shape[0] // OVERSAMPLING, picture.shape[1] // OVERSAMPLING
    blocks = picture.reshape(height, OVERSAMPLING, width, OVERSAMPLING, 3)
    return _in_range(blocks.mean(axis=(1, 3)))


def _in_range(picture: Array) -> Array:
    return np.asarray(np.clip(picture, 0, 1), np.float32)
