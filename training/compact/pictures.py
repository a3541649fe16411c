"""Training pictures: random crops of photographs, and kinds of picture that photographs leave out.

Style pictures are paintings, posters and flat drawings, so a part of each batch is recoloured, posterised, smoothed
into patches, or made of gradients, stripes and noise: the compact network must follow the teacher there too.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

HELD_BACK = 40


def photographs(folder: Path) -> tuple[list[Path], list[Path]]:
    """Training files and held-back files (the last 40 by name)."""
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp"})
    if len(files) <= HELD_BACK:
        raise SystemExit(f"{folder}: {len(files)} pictures, more than {HELD_BACK} needed")
    return files[:-HELD_BACK], files[-HELD_BACK:]


def read(path: Path) -> Image.Image:
    """A picture as RGB."""
    with Image.open(path) as picture:
        return picture.convert("RGB")


class Pictures:
    """An endless source of (batch, size, size, 3) float32 arrays in [0, 1]."""

    def __init__(self, files: list[Path], batch: int, size: int, seed: int) -> None:
        self._pictures = [read(path) for path in files]
        self._batch, self._size = batch, size
        self._generator = np.random.default_rng(seed)

    def __iter__(self) -> Iterator[np.ndarray]:
        with ThreadPoolExecutor(1) as pool:
            following = pool.submit(self._make_batch)
            while True:
                batch = following.result()
                following = pool.submit(self._make_batch)
                yield batch

    def _make_batch(self) -> np.ndarray:
        return np.stack([self._one() for _ in range(self._batch)])

    def _one(self) -> np.ndarray:
        kind = self._generator.random()
        if kind < 0.06:
            return self._synthetic()
        picture = self._crop()
        if kind < 0.20:
            picture = self._painterly(picture)
        array = np.asarray(picture, np.float32) / 255
        if kind > 0.72:
            array = self._recolour(array)
        return array

    def _crop(self) -> Image.Image:
        draw = self._generator
        picture = self._pictures[draw.integers(len(self._pictures))]
        scale = 1.0 if draw.random() < 0.5 else float(np.exp(draw.uniform(np.log(0.6), np.log(1.6))))
        side = int(min(self._size / scale, *picture.size))
        left = int(draw.integers(0, picture.width - side + 1))
        top = int(draw.integers(0, picture.height - side + 1))
        crop = picture.crop((left, top, left + side, top + side))
        if side != self._size:
            crop = crop.resize((self._size, self._size), Image.Resampling.LANCZOS)
        if draw.random() < 0.5:
            crop = crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        if draw.random() < 0.15:
            crop = crop.transpose(Image.Transpose.ROTATE_90)
        return crop

    def _painterly(self, picture: Image.Image) -> Image.Image:
        """Patches with sharp edges (median or mode filter), few colours, or over-sharpened strokes."""
        choice = self._generator.integers(4)
        if choice == 0:
            return picture.filter(ImageFilter.ModeFilter(int(self._generator.choice([5, 7, 9]))))
        if choice == 1:
            return picture.filter(ImageFilter.MedianFilter(int(self._generator.choice([3, 5, 7]))))
        if choice == 2:
            return picture.quantize(int(self._generator.integers(3, 24))).convert("RGB")
        return picture.filter(ImageFilter.UnsharpMask(radius=3, percent=250, threshold=2))

    def _recolour(self, array: np.ndarray) -> np.ndarray:
        """Random colour mixing, contrast and gamma; sometimes the negative or grey."""
        draw = self._generator
        if draw.random() < 0.15:
            array = 1 - array
        mixing = np.eye(3) + draw.normal(scale=0.25, size=(3, 3))
        if draw.random() < 0.1:
            mixing = np.full((3, 3), 1 / 3)
        mixing /= mixing.sum(1, keepdims=True)
        array = (array @ mixing.T - 0.5) * draw.uniform(0.5, 1.6) + 0.5 + draw.uniform(-0.15, 0.15)
        return np.clip(array, 0, 1).astype(np.float32) ** float(draw.uniform(0.7, 1.4))

    def _synthetic(self) -> np.ndarray:
        """Flat colours, gradients, stripes, blocks and noise, alone or mixed."""
        draw, size = self._generator, self._size
        first, second = draw.random(3), draw.random(3)
        y, x = np.mgrid[0:size, 0:size] / size
        choice = draw.integers(5)
        blend: np.ndarray
        if choice == 0:
            blend = np.zeros((size, size))
        elif choice == 1:
            angle = draw.uniform(0, 2 * np.pi)
            blend = np.clip(np.cos(angle) * x + np.sin(angle) * y, 0, 1)
        elif choice == 2:
            angle = draw.uniform(0, 2 * np.pi)
            wave = np.sin(2 * np.pi * draw.uniform(2, 40) * (np.cos(angle) * x + np.sin(angle) * y))
            blend = (wave > 0) if draw.random() < 0.5 else (wave + 1) / 2
        elif choice == 3:
            cells = int(draw.integers(2, 32))
            blend = np.kron(draw.random((cells, cells)), np.ones((-(-size // cells),) * 2))[:size, :size]
        else:
            blend = draw.random((size, size))
        array = first + (second - first) * blend[..., None].astype(np.float64)
        array = array + draw.normal(scale=draw.choice([0, 0.02, 0.1]), size=array.shape)
        return np.clip(array, 0, 1).astype(np.float32)
