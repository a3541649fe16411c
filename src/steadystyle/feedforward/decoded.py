"""A folder of any pictures, decoded once each, as training needs them."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from pathlib import Path

import numpy as np

from steadystyle.core.errors import PictureError
from steadystyle.images.load import recognised_file
from steadystyle.images.resize import resize

ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".avif"}
ENOUGH = 32
"""Pictures that have to be looked at before one says what most of them are like."""
CACHE_BYTES = 1_000_000_000


class Decoded:
    """Pictures by their files. What cannot be read is left out and counted; threads may ask at once.

    Args:
        side: what a shorter side is brought to at least, and to at most twice that, in pixels.

    Attributes:
        broken: files that could not be read, and why.
    """

    def __init__(self, side: int) -> None:
        self._side = side
        self.broken: dict[Path, str] = {}
        self._sound: set[Path] = set()
        self._kept: OrderedDict[Path, np.ndarray] = OrderedDict()
        self._most_kept = max(1, CACHE_BYTES // (3 * (2 * side) ** 2))
        self._lock = threading.Lock()

    def picture(self, path: Path) -> np.ndarray | None:
        """(H, W, 3) uint8, sRGB; None if the file is broken."""
        with self._lock:
            if path in self._kept:
                self._kept.move_to_end(path)
                return self._kept[path]
            if path in self.broken:
                return None
        try:
            levels = self._fitted(recognised_file(path).picture)
        except PictureError as error:
            with self._lock:
                self.broken[path] = " ".join(str(error).split())
            return None
        with self._lock:
            self._sound.add(path)
            self._kept[path] = levels
            while len(self._kept) > self._most_kept:
                self._kept.popitem(last=False)
        return levels

    def check(self, least: int = ENOUGH) -> None:
        """Whether it is worth going on, once so many were looked at.

        Raises:
            PictureError: more than half of them are broken.
        """
        with self._lock:
            bad, seen = len(self.broken), len(self.broken) + len(self._sound)
            if seen >= least and 2 * bad > seen:
                path, reason = next(iter(self.broken.items()))
                raise PictureError(
                    f"{bad} of {seen} pictures looked at are broken ({reason}); take another folder than {path.parent}"
                )

    def _fitted(self, picture: np.ndarray) -> np.ndarray:
        shorter = min(picture.shape[:2])
        wanted = min(max(shorter, self._side), 2 * self._side)
        if wanted != shorter:
            height, width = (max(self._side, round(side * wanted / shorter)) for side in picture.shape[:2])
            picture = resize(picture, height, width)
        levels: np.ndarray = np.rint(picture * 255).astype(np.uint8)
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
