"""From a path to a picture whose header has been read, and found to be within limits; no pixel is decoded here."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from steadystyle.core.errors import DependencyError, PictureError, SteadyStyleError

Reader = Callable[[IO[bytes]], ImageFile.ImageFile]

MAX_SIDE = 100_000
BYTES_PER_PIXEL = 16
"""The most that a pixel takes in any format that we read; a larger file is not decoded."""
BOMB_PIXELS = 50_000_000
BOMB_PIXELS_PER_BYTE = 200
"""A photograph has less than 20 pixels per byte. Beyond this ratio only a picture below BOMB_PIXELS is decoded: a blank
scan is welcome, 165 kB that unpack to gigabytes are not."""

TIFF_BEGINNINGS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
AVIF_BRANDS = (b"avif", b"avis")
HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")
WANTED = "JPEG, PNG, WebP, TIFF, BMP, AVIF, GIF or HEIC"


def _read_heif(file: IO[bytes]) -> ImageFile.ImageFile:
    try:
        from pillow_heif import HeifImageFile
    except ImportError as error:
        raise DependencyError(
            "to read HEIC pictures, pillow-heif is needed: pip install 'steadystyle[heif]'; or save the picture as JPEG"
        ) from error
    image: ImageFile.ImageFile = HeifImageFile(file)
    return image


def _reader(head: bytes) -> Reader | None:
    """What reads a file with these first bytes; None if we read no such format.

    `Image.open` is not used: its limit on pixels is a global variable, below ours, and it warns before it refuses.
    """
    beginnings: dict[bytes, Reader] = {
        b"\xff\xd8\xff": JpegImagePlugin.jpeg_factory,
        b"\x89PNG\r\n\x1a\n": PngImagePlugin.PngImageFile,
        b"GIF8": GifImagePlugin.GifImageFile,
        b"BM": BmpImagePlugin.BmpImageFile,
        **dict.fromkeys(TIFF_BEGINNINGS, TiffImagePlugin.TiffImageFile),
    }
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WebPImagePlugin.WebPImageFile
    if head[4:8] == b"ftyp" and any(brand in head for brand in AVIF_BRANDS):
        return AvifImagePlugin.AvifImageFile
    if head[4:8] == b"ftyp" and any(brand in head for brand in HEIF_BRANDS):
        return _read_heif
    return next((reader for beginning, reader in beginnings.items() if head.startswith(beginning)), None)


def open_picture(file: IO[bytes], name: str, max_pixels: int) -> ImageFile.ImageFile:
    """The picture in `file`, its header read and its size within limits, nothing decoded.

    Raises:
        PictureError: it is no picture that we read, or is too large; the message begins with `name`.
        DependencyError: it is HEIC, and pillow-heif is not installed.
    """
    size = file.seek(0, os.SEEK_END)  # also makes Python look where it is: libtiff moves the descriptor behind its back
    file.seek(0)
    head = file.read(64)
    reader = _reader(head)
    if reader is None:
        raise PictureError(f"{name}: not a picture that can be read: it begins with {head[:16]!r}; wanted {WANTED}")
    if size > BYTES_PER_PIXEL * max_pixels:
        raise PictureError(f"{name}: {size:,} bytes, wanted at most {BYTES_PER_PIXEL * max_pixels:,}; save it smaller")
    file.seek(0)
    with refusing(name):
        image = reader(file)
        width, height = image.size
        _check_size(name, width, height, size, max_pixels)
    return image


def _check_size(name: str, width: int, height: int, size: int, max_pixels: int) -> None:
    pixels = width * height
    if min(width, height) < 1 or max(width, height) > MAX_SIDE or pixels > max_pixels:
        raise PictureError(
            f"{name}: its header says {width} x {height} pixels, wanted 1 to {MAX_SIDE:,} a side and at most "
            f"{max_pixels:,} in all; make it smaller"
        )
    if pixels > max(BOMB_PIXELS, BOMB_PIXELS_PER_BYTE * size):
        raise PictureError(
            f"{name}: {size:,} bytes that unpack to {width} x {height} pixels: a decompression bomb, or blank; "
            f"make it smaller than {BOMB_PIXELS:,} pixels"
        )


@contextmanager
def regular_file(path: str | os.PathLike[str], name: str) -> Iterator[IO[bytes]]:
    """`path` opened for reading, if it is a regular file that is not empty; a FIFO or a device is never opened.

    Raises:
        PictureError: it is not, or cannot be read.
    """
    try:
        found = os.stat(path)
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise PictureError(f"{name}: {reason(error)}; wanted a picture file") from error
    if not stat.S_ISREG(found.st_mode):
        kind = "a folder" if stat.S_ISDIR(found.st_mode) else "a pipe or a device"
        raise PictureError(f"{name}: is {kind}; wanted a picture file")
    if found.st_size == 0:
        raise PictureError(f"{name}: is empty; wanted a picture file")
    try:
        file = Path(path).open("rb")  # noqa: SIM115  # what fails inside `with` is not a failure to open
    except OSError as error:
        raise PictureError(f"{name}: {reason(error)}; wanted a picture file that may be read") from error
    with file:
        yield file


@contextmanager
def refusing(name: str) -> Iterator[None]:
    """Whatever Pillow raises becomes a PictureError whose message begins with `name`.

    On broken files its readers raise OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError,
    RuntimeError, struct.error, OverflowError, MemoryError and DecompressionBombError, so all are caught.
    """
    try:
        yield
    except (SteadyStyleError, Warning):
        raise
    except Image.DecompressionBombError as error:
        raise PictureError(f"{name}: too large to decode ({reason(error)}); make it smaller") from error
    except Exception as error:
        raise PictureError(
            f"{name}: broken, cut short or of an unknown kind ({reason(error)}); save it anew"
        ) from error


def reason(error: Exception) -> str:
    """What `error` says, on one line, cut; its kind if it says nothing."""
    text = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return shown(" ".join(text.split()))


def shown(text: str | os.PathLike[str]) -> str:
    """`text` or a path as it may stand in a message: on one line, cut in the middle."""
    line = "".join(character if character.isprintable() else "?" for character in os.fspath(text))
    return line if len(line) <= 300 else f"{line[:145]} ... {line[-145:]}"
