"""Style pictures made from photographs: painted with strokes, laid in mosaics, engraved, recoloured, or drawn.

Style pictures are mostly paintings and prints, of which the training set has none. So photographs are painted over,
on top of what `training.compact.pictures` does, and their colours are made into leaves and marble.

Sources: strokes of random length and width along a smooth field of directions from Haeberli, "Paint by Numbers:
Abstract Image Representations", SIGGRAPH 1990, whose regions around random points are the mosaics too; leaves from
Lee, Mumford and Huang, "Occlusion Models for Natural Images", IJCV 2001, sec. 3; marble from Perlin, "An Image
Synthesizer", SIGGRAPH 1985.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from training.compact.pictures import Pictures

POINTS = 4
"""Of the line that a stroke follows."""


class Styles(Pictures):
    """An endless source of (batch, size, size, 3) float32 arrays in [0, 1]: style pictures."""

    def batch(self) -> np.ndarray:
        """One batch, now."""
        return self._make_batch()

    def _one(self) -> np.ndarray:
        draw = self._generator
        if draw.random() < 0.04:
            return self._synthetic()
        kinds: list[tuple[float, Callable[[Image.Image], Image.Image]]] = [
            (0.38, self._painted), (0.12, self._painterly), (0.1, self._mosaic), (0.1, self._engraved),
            (0.1, self._leaves), (0.1, self._marble), (0.1, lambda picture: picture),
        ]  # fmt: skip
        picture = kinds[draw.choice(len(kinds), p=[share for share, _ in kinds])][1](self._crop())
        array = np.asarray(picture, np.float32) / 255
        return self._recolour(array) if draw.random() < 0.4 else array

    def _mosaic(self, picture: Image.Image) -> Image.Image:
        """Each place in the colour of the nearest of some random points; sometimes with joints between them."""
        draw, size = self._generator, self._size
        points = draw.integers(0, size, (int(np.exp(draw.uniform(np.log(30), np.log(800)))), 2))
        y, x = np.mgrid[0:size, 0:size].astype(np.float32)
        nearest, found = np.full((size, size), np.inf, np.float32), np.zeros((size, size), int)
        for index, (row, column) in enumerate(points):
            distance = np.square(y - row) + np.square(x - column)
            closer = distance < nearest
            nearest[closer], found[closer] = distance[closer], index
        colours = np.asarray(picture)
        result = colours[points[:, 0], points[:, 1]][found]
        if draw.random() < 0.5:
            joints = (found != np.roll(found, 1, 0)) | (found != np.roll(found, 1, 1))
            result[joints] = draw.choice([0, 40, 220])
        return Image.fromarray(result)

    def _engraved(self, picture: Image.Image) -> Image.Image:
        """Lines of ink on paper, the wider the darker the picture; sometimes over a few flat colours."""
        draw, size = self._generator, self._size
        y, x = np.mgrid[0:size, 0:size] / size
        angle, lines = draw.uniform(0, np.pi), draw.uniform(20, 70)
        bent = 0.06 * draw.uniform(0, 1) * _smooth_field(draw, size)
        wave = 0.5 + 0.5 * np.sin(2 * np.pi * lines * (np.cos(angle) * x + np.sin(angle) * y + bent))
        light = np.asarray(picture.convert("L"), np.float32) / 255
        inked = (wave * draw.uniform(0.5, 1) > light)[..., None]
        few = np.asarray(picture.quantize(int(draw.integers(3, 10))).convert("RGB"))
        paper = few if draw.random() < 0.5 else draw.integers(150, 256, 3)
        return Image.fromarray(np.where(inked, draw.integers(0, 100, 3), paper).astype(np.uint8))

    def _leaves(self, picture: Image.Image) -> Image.Image:
        """Discs, boxes or triangles in the picture's colours that hide each other, most of them small."""
        draw, size = self._generator, self._size
        canvas, colours = picture.resize((1, 1)).resize(picture.size), np.asarray(picture)
        brush, corners = ImageDraw.Draw(canvas), int(draw.choice([3, 4, 24]))
        least = draw.uniform(2, 8)
        for _ in range(1200):
            radius = min(size / 3, least * draw.power(2) ** -2.0) if corners else least
            row, column = draw.integers(0, size, 2)
            turns = np.linspace(0, 2 * np.pi, corners, endpoint=False) + draw.uniform(0, 2 * np.pi)
            places = np.stack([column + radius * np.cos(turns), row + radius * np.sin(turns)], 1)
            brush.polygon([tuple(place) for place in places.tolist()], fill=tuple(colours[row, column].tolist()))
        return canvas

    def _marble(self, picture: Image.Image) -> Image.Image:
        """Warped noise of several sizes, in a few of the picture's colours that flow or change at once."""
        draw, size = self._generator, self._size
        noise = sum((_smooth_field(draw, size, 2.0**octave) / 2.0**octave for octave in range(1, 6)), np.zeros(1))
        value = draw.uniform(0.3, 3) * noise
        shades = np.asarray(picture).reshape(-1, 3)[draw.integers(0, size * size, int(draw.integers(3, 9)))]
        value = (np.sin(value * np.pi) * 0.5 + 0.5) * (len(shades) - 1.001)
        low, share = value.astype(int), (value - value.astype(int))[..., None]
        share = np.round(share) if draw.random() < 0.5 else share
        return Image.fromarray(((1 - share) * shades[low] + share * shades[low + 1]).astype(np.uint8))

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


def _smooth_field(draw: np.random.Generator, size: int, cells: float | None = None) -> np.ndarray:
    """(size, size) of smooth noise, about unit deviation."""
    count = int(draw.integers(2, 7)) if cells is None else int(cells) + 1
    noise = Image.fromarray(draw.normal(size=(count, count)).astype(np.float32))
    return np.asarray(noise.resize((size, size), Image.Resampling.BICUBIC))
