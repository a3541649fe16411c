"""The whole of 16-bit colour, of which Pillow keeps the upper half.

Pillow has no picture of three 16-bit channels: it unpacks the high byte of each number. Told that the bytes come in the
opposite order, it unpacks the low byte; so two passes give all 16 bits, with Pillow's decoders for every compression.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
from PIL import ImageFile

NATIVE = "L" if sys.byteorder == "little" else "B"
BITS_PER_SAMPLE, PLANAR_CONFIGURATION = 258, 284
OPPOSITE = {"L": "B", "B": "L", "N": "B" if NATIVE == "L" else "L"}


def is_halved(image: ImageFile.ImageFile) -> bool:
    """Whether Pillow would keep only half of each number; `image` is open and not yet loaded.

    Raises:
        ValueError: its 16-bit channels lie in separate planes, which Pillow takes for 8-bit ones.
    """
    tags = getattr(image, "tag_v2", {})
    if tags.get(PLANAR_CONFIGURATION) == 2 and 16 in tags.get(BITS_PER_SAMPLE, ()):
        raise ValueError("its 16-bit channels lie in separate planes, wanted them interleaved")
    return image.mode in {"RGB", "RGBA"} and bool(image.tile) and ";16" in _layout(image)


def read_whole(image: ImageFile.ImageFile, reopen: Callable[[], ImageFile.ImageFile]) -> np.ndarray:
    """All bits of a picture that `is_halved`: (H, W, C) uint16; C is 2 for grey with alpha, 3, or 4.

    Alpha comes as the file has it, premultiplied (`is_premultiplied`) or not. `image` is loaded on the way.

    Args:
        reopen: gives the same picture once more, not yet loaded.
    """
    layout = _layout(image).replace("RGBa", "RGBA")
    if layout.startswith("LA"):  # read as four bytes: grey high, grey low, alpha high, alpha low
        pairs = _decoded(image, "RGBA")
        return pairs.view(">u2").astype(np.uint16)
    high = _decoded(image, layout)
    low = _decoded(reopen(), layout[:-1] + OPPOSITE[layout[-1]])
    whole: np.ndarray = (high.astype(np.uint16) << 8) | low
    return whole


def is_premultiplied(image: ImageFile.ImageFile) -> bool:
    """Whether the colours in the file are already multiplied by alpha; `image` is open and not yet loaded."""
    return bool(image.tile) and _layout(image).startswith("RGBa")


def _layout(image: ImageFile.ImageFile) -> str:
    """How the bytes of a pixel lie in the file, in Pillow's words (`RGB;16B`: high byte first)."""
    arguments = image.tile[0].args
    return str(arguments[0] if isinstance(arguments, tuple) else arguments)


def _decoded(image: ImageFile.ImageFile, layout: str) -> np.ndarray:
    """The picture (H, W, C) uint8, its bytes taken to lie as `layout` says."""
    tiles = []
    for tile in image.tile:
        arguments = (layout, *tile.args[1:]) if isinstance(tile.args, tuple) else layout
        tiles.append(tile._replace(args=arguments))
    image.tile = tiles
    image.load()
    return np.array(image)
