"""A file that was written is read again, and has to show what was to be written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np
from PIL import ImageFile, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin

from steadystyle.images.sixteen_bit import is_halved, read_whole

READERS: dict[str, Callable[[IO[bytes]], ImageFile.ImageFile]] = {
    "PNG": PngImagePlugin.PngImageFile,
    "JPEG": JpegImagePlugin.JpegImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
}
LOSSY = {"JPEG": np.eye(3, dtype=np.float32), "WEBP": np.array([[0.299], [0.587], [0.114]], np.float32)}
"""What is compared of the colours: all, or brightness, as WebP keeps colours at half the resolution."""
MOST_LOST = 10 / 255
"""The largest mean difference that a lossy format may make. At our qualities it is 1/255 in photographs; the worst that
we know, noise as JPEG and a chessboard of red and blue pixels as WebP, are 3.3/255 and 4.8/255."""

STRIP = 256
"""Rows that are compared at a time."""


class Damaged(Exception):
    """What was written is not what was to be written; the message says in what."""


def check_written(path: Path, whole: np.ndarray, kind: str) -> None:
    """Read the picture at `path` and compare.

    Lossless formats have to give each number to half a level, JPEG and WebP may differ by 10/255 in the mean.

    Args:
        whole: (H, W, 3 or 4) float32 in [0, 1], the picture that was to be written.
        kind: its format, one of `READERS`.

    Raises:
        Damaged: it differs, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            found = _decoded(file, kind)
    except Exception as error:  # as many kinds as in `opened.refusing`
        raise Damaged(f"it cannot be read back ({type(error).__name__})") from error
    if found.shape != whole.shape:
        raise Damaged(f"it has the shape {found.shape}, wanted {whole.shape}")
    worst, mean = _difference(found, whole, LOSSY.get(kind))
    if kind in LOSSY and not mean <= MOST_LOST:
        raise Damaged(f"it is off by {mean:.3g} in the mean, wanted at most {MOST_LOST:.3g}")
    if kind not in LOSSY and not worst <= 0.51 / np.iinfo(found.dtype).max:
        raise Damaged(f"it is off by {worst:.3g}, wanted no difference")


def _difference(found: np.ndarray, whole: np.ndarray, compared: np.ndarray | None) -> tuple[float, float]:
    """The largest and the mean difference; of the colours, through the matrix `compared`, if there is one."""
    levels, worst, total = np.float32(np.iinfo(found.dtype).max), 0.0, 0.0
    for start in range(0, len(whole), STRIP):  # a large picture is in memory often enough
        difference = found[start : start + STRIP] / levels - whole[start : start + STRIP]
        if compared is not None:
            difference = difference[..., :3] @ compared
        worst = max(worst, float(np.abs(difference).max()))
        total += float(np.abs(difference).mean()) * len(difference) / len(whole)
    return worst, total


def _decoded(file: IO[bytes], kind: str) -> np.ndarray:
    """(H, W, C) uint8, or uint16 if it has 16 bits."""
    reader = READERS[kind]
    image = reader(file)
    if is_halved(image):

        def reopened() -> ImageFile.ImageFile:
            file.seek(0)
            return reader(file)

        return read_whole(image, reopened)
    image.load()
    return np.asarray(image)
