"""Training pictures from a folder of any pictures."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from steadystyle.core.errors import PictureError
from steadystyle.core.injection import inject
from steadystyle.images.load import recognised_file
from steadystyle.images.resize import resize

ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".avif"}
LOOKED_AT_FIRST = 32
"""Pictures that are read before training begins, to see what the folder is like."""
CACHE_BYTES = 1_000_000_000
SMALLEST_SHARE = 0.5
"""How much of a picture's shorter side a crop has at least."""


class Crops:
    """Batches of crops, each a function of the seed and its step alone: a resumed training sees what it would have.

    Args:
        files: at least one.
        batch: pictures in one.
        size: side of a crop in pixels; pictures are brought to at most twice that, and enlarged to at least that.
        styles: how many there are to ask the network for.

    Attributes:
        broken: files that could not be read, which are left out.

    Raises:
        PictureError: more than half of those looked at first are broken.
    """

    def __init__(self, files: Sequence[Path], batch: int, size: int, styles: int, seed: int) -> None:
        self._batch, self._size, self._styles, self._seed = batch, size, styles, seed
        self.files = list(files)
        self.broken: dict[Path, str] = {}
        self._kept: OrderedDict[Path, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()
        self._most_kept = max(1, CACHE_BYTES // (3 * (2 * size) ** 2))
        chosen = np.random.default_rng([seed, 0]).permutation(len(self.files))[:LOOKED_AT_FIRST]
        good = sum(self._read(self.files[number]) is not None for number in chosen)
        if 2 * good < len(chosen):
            path, reason = next(iter(self.broken.items()))
            raise PictureError(
                f"{len(chosen) - good} of {len(chosen)} pictures looked at are broken ({reason}); "
                f"take another folder than {path.parent}"
            )

    def dataset(self, start: int, steps: int) -> tf.data.Dataset:
        """The batches of the steps from `start` to `steps`: crops (N, size, size, 3) in [0, 1], shares (N, S)."""

        def made(step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            images, shares = tf.numpy_function(self.at, [step], (tf.float32, tf.float32))
            side = self._size
            return (
                tf.ensure_shape(images, [self._batch, side, side, 3]),
                tf.ensure_shape(shares, [self._batch, self._styles]),
            )

        steps_to_come = tf.data.Dataset.range(start, steps)
        return steps_to_come.map(made, num_parallel_calls=2, deterministic=True).prefetch(2)

    def at(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """The batch of that step."""
        draw = np.random.default_rng([self._seed, 1 + int(step)])
        images = np.stack([self._crop(draw) for _ in range(self._batch)])
        images = inject("training pictures", int(step), images)
        numbers = draw.integers(self._styles, size=self._batch)
        return images, np.eye(self._styles, dtype=np.float32)[numbers]

    def _crop(self, draw: np.random.Generator) -> np.ndarray:
        """A random part of a random picture that can be read, perhaps mirrored."""
        picture = None
        while picture is None:
            if len(self.broken) == len(self.files):
                raise PictureError(f"none of the {len(self.files)} pictures to train on can be read any more")
            picture = self._read(self.files[draw.integers(len(self.files))])
        height, width = picture.shape[:2]
        side = round(min(height, width) * draw.uniform(SMALLEST_SHARE, 1.0))
        top, left = draw.integers(height - side + 1), draw.integers(width - side + 1)
        crop = picture[top : top + side, left : left + side].astype(np.float32) / 255
        crop = resize(crop, self._size, self._size)
        return crop[:, ::-1] if draw.random() < 0.5 else crop

    def _read(self, path: Path) -> np.ndarray | None:
        """The picture as uint8, no larger than is of use; None if it is broken, which is told once."""
        with self._lock:
            if path in self._kept:
                self._kept.move_to_end(path)
                return self._kept[path]
            if path in self.broken:
                return None
        try:
            picture = recognised_file(path).picture
        except PictureError as error:
            with self._lock:
                self.broken[path] = " ".join(str(error).split())
            return None
        shorter = min(picture.shape[:2])
        scale = np.clip(2 * self._size / shorter, None, 1.0) if shorter > self._size else self._size / shorter
        if scale != 1.0:
            height, width = (max(self._size, round(side * scale)) for side in picture.shape[:2])
            picture = resize(picture, height, width)
        levels: np.ndarray = np.rint(picture * 255).astype(np.uint8)
        with self._lock:
            self._kept[path] = levels
            while len(self._kept) > self._most_kept:
                self._kept.popitem(last=False)
        return levels


def files_in(folder: Path) -> list[Path]:
    """All pictures in `folder` and below, in an order that does not depend on the file system.

    Raises:
        PictureError: there is no such folder, or no picture in it.
    """
    if not folder.is_dir():
        raise PictureError(f"cannot train on {folder}: there is no such folder; name one with pictures")
    found = (Path(where) / name for where, _, names in os.walk(folder) for name in names)
    files = sorted(path for path in found if path.suffix.lower() in ENDINGS and not path.name.startswith("."))
    if not files:
        raise PictureError(
            f"cannot train on {folder}: no picture is in it; name a folder with some hundred photographs"
        )
    return files
