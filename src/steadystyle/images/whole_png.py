"""A PNG whose pixels are all there.

Pillow leaves black what a well-formed but short stream does not fill, and does not look at the stream's checksum.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from typing import IO

SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Numbers per pixel of each colour type."""
AS_A_WHOLE = ((0, 0, 1, 1),)
INTERLACED = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column, first row, and the steps from one column and row to the next, of each pass."""
PIECE = 1 << 20


def check_whole(file: IO[bytes]) -> None:
    """Unpack the pixels of a PNG, keep none, and leave the file's position as it was.

    Raises:
        ValueError: there are fewer than the header promises.
        zlib.error: their stream is broken, or its checksum is wrong.
    """
    position = file.tell()
    wanted = _wanted(file)
    unpacked = 0
    stream = zlib.decompressobj()
    for data in _pixel_data(file):
        while data and unpacked <= wanted:
            unpacked += len(stream.decompress(data, PIECE))
            data = stream.unconsumed_tail
    if unpacked < wanted:
        raise ValueError(f"its pixels end after {unpacked:,} of {wanted:,} bytes")
    file.seek(position)


def _wanted(file: IO[bytes]) -> int:
    """How many bytes the pixels have, each row with the number of its filter before it."""
    file.seek(16)
    width, height, bits, colour_type, _, _, interlaced = struct.unpack(">IIBBBBB", file.read(13))
    total = 0
    for column, row, across, down in INTERLACED if interlaced else AS_A_WHOLE:
        columns, rows = -((column - width) // across), -((row - height) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * bits * SAMPLES[colour_type] + 7) // 8)
    return total


def _pixel_data(file: IO[bytes]) -> Iterator[bytes]:
    """The contents of the IDAT chunks, in pieces."""
    file.seek(8)
    while len(header := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", header)
        if kind == b"IEND":
            return
        if kind != b"IDAT":
            file.seek(length, os.SEEK_CUR)
        while kind == b"IDAT" and length > 0 and (data := file.read(min(length, PIECE))):
            length -= len(data)
            yield data
        file.seek(4, os.SEEK_CUR)
