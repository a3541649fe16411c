"""PNG and TIFF files of 16 bits per channel, which Pillow does not write in colour."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

import numpy as np
from PIL import TiffImagePlugin

COLOUR_TYPE = {3: 2, 4: 6}
"""In a PNG: colour, colour with alpha."""
SUB = 1
"""The PNG filter that is used: each byte minus that of the pixel to its left."""


def png_bytes(pixels: np.ndarray, profile: bytes, text: Mapping[str, str]) -> bytes:
    """`pixels` (H, W, 3 or 4) uint16 as a PNG file with an ICC profile and texts.

    Source: W3C, Portable Network Graphics (Third Edition), 2025.
    """
    height, width, channels = pixels.shape
    rows = pixels.astype(">u2").view(np.uint8).reshape(height, width, 2 * channels)
    filtered = rows.copy()
    filtered[:, 1:] -= rows[:, :-1]
    lines = np.concatenate([np.full((height, 1), SUB, np.uint8), filtered.reshape(height, -1)], axis=1)
    header = struct.pack(">IIBBBBB", width, height, 16, COLOUR_TYPE[channels], 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(profile)),
            *(_chunk(b"iTXt", key.encode("ascii") + bytes(5) + value.encode("utf-8")) for key, value in text.items()),
            *_data_chunks(zlib.compress(lines.tobytes())),
            _chunk(b"IEND", b""),
        ]
    )


def _data_chunks(data: bytes, size: int = 1 << 24) -> list[bytes]:
    return [_chunk(b"IDAT", data[start : start + size]) for start in range(0, len(data), size)]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def tiff_bytes(pixels: np.ndarray, profile: bytes, text: Mapping[str, str]) -> bytes:
    """`pixels` (H, W, 3 or 4) uint16 as a TIFF file with an ICC profile; it has no place for texts.

    Source: Adobe, TIFF Revision 6.0, 1992; Deflate after its Photoshop notes of 2002.
    """
    height, width, channels = pixels.shape
    differences = pixels.astype("<u2")
    differences[:, 1:] -= pixels[:, :-1]
    data = zlib.compress(differences.tobytes())
    tags = TiffImagePlugin.ImageFileDirectory_v2(b"II*\0\x08\0\0\0")
    tags[256], tags[257] = width, height
    tags[258] = (16,) * channels
    tags[259] = 8  # Deflate
    tags[262] = 2  # RGB
    tags[277], tags[278] = channels, height
    tags[279] = len(data)
    tags[317] = 2  # each number minus that of the pixel to its left
    if channels == 4:
        tags[338] = 2  # alpha that the colours are not multiplied by
    tags[34675] = profile
    tags[273] = 0  # the pixels begin behind the tags; Pillow adds where that is
    return b"II*\0\x08\0\0\0" + tags.tobytes(8) + data
