"""Style pictures made from photographs: painted with strokes, recoloured, or drawn.

Style pictures are mostly paintings, of which the training set has none. So photographs are painted over with strokes
of random length and width along a smooth field of directions, on top of what `training.compact.pictures` does.

Source: Haeberli, "Paint by Numbers: Abstract Image Representations", SIGGRAPH 1990.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from training.compact.pictures import Pictures

POINTS = 4
"""Of the line that a stroke follows."""
POOL = 256
"""Style pictures that are kept to be shown again."""


class Styles(Pictures):
    """An endless source of (batch, size, size, 3) float32 arrays in [0, 1]: style pictures."""

    def __init__(self, files: list[Path], batch: int, size: int, seed: int) -> None:
        super().__init__(files, batch, size, seed)
        self._pool: list[np.ndarray] = []

    def _make_batch(self) -> np.ndarray:
        """Mostly pictures that have been in a batch before, mirrored or turned: strokes take long to paint."""
        draw = self._generator
        new = self._batch if len(self._pool) < POOL else max(1, self._batch // 3)
        self._pool = [*self._pool, *(self._one() for _ in range(new))][-POOL:]
        old = [self._pool[draw.integers(len(self._pool))] for _ in range(self._batch - new)]
        return np.stack([*self._pool[-new:], *(np.rot90(picture, int(draw.integers(4))) for picture in old)])

    def _one(self) -> np.ndarray:
        kind, draw = self._generator.random(), self._generator
        if kind < 0.08:
            return self._synthetic()
        picture = self._crop()
        if kind < 0.20:
            picture = self._painterly(picture)
        elif kind < 0.70:
            picture = self._painted(picture)
        array = np.asarray(picture, np.float32) / 255
        return self._recolour(array) if draw.random() < 0.6 else array

    def _painted(self, picture: Image.Image) -> Image.Image:
        """Strokes of the colours below them, coarse ones first, along directions that turn slowly."""
        draw, size = self._generator, self._size
        few = picture.quantize(int(draw.integers(4, 20))).convert("RGB") if draw.random() < 0.5 else picture
        colours = np.asarray(few, np.int16)
        directions = _smooth_field(draw, size) * draw.uniform(0.2, 3) + draw.uniform(0, np.pi)
        canvas = few.resize((8, 8), Image.Resampling.BOX).resize(picture.size, Image.Resampling.BICUBIC)
        brush = ImageDraw.Draw(canvas)
        coarse, longer, spread = draw.uniform(3, 14), draw.uniform(1, 6), draw.choice([0, 8, 25])
        for width in (coarse, coarse / 2, coarse / 4)[: int(draw.integers(1, 4))]:
            count = int(min(1500, 2.0 * size * size / (width * width * longer)))
            places = draw.integers(0, size, (count, 2))
            shades = draw.normal(scale=spread, size=(count, 1)) + draw.normal(scale=spread / 3, size=(count, 3))
            columns, rows = places.T
            inks = np.clip(colours[rows, columns] + shades, 0, 255).astype(int).tolist()
            for points, ink in zip(_bent(places, directions, width * longer), inks, strict=True):
                brush.line(points, fill=tuple(ink), width=max(1, round(width)), joint="curve")
        return canvas


def _bent(places: np.ndarray, directions: np.ndarray, length: float) -> list[list[float]]:
    """Lines of `POINTS` points (x, y, x, y, ...) that start at `places` and bend with `directions`."""
    points, here = [], places.astype(float)
    for _ in range(POINTS):
        points.append(here)
        columns, rows = np.clip(here, 0, len(directions) - 1).astype(int).T
        angles = directions[rows, columns]
        here = here + length / 3 * np.stack([np.cos(angles), np.sin(angles)], 1)
    lines: list[list[float]] = np.concatenate(points, 1).tolist()
    return lines


def _smooth_field(draw: np.random.Generator, size: int) -> np.ndarray:
    """(size, size) of smooth noise, about unit deviation."""
    cells = int(draw.integers(2, 7))
    noise = Image.fromarray(draw.normal(size=(cells, cells)).astype(np.float32))
    return np.asarray(noise.resize((size, size), Image.Resampling.BICUBIC))
