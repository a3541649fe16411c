"""From a file to pixels, and to the texts that travel in it."""

from __future__ import annotations

import os
import struct
import warnings
import zlib
from collections.abc import Callable
from typing import IO

import numpy as np
from PIL import ExifTags, Image, ImageFile

from steadystyle.core.errors import PictureError, SettingsError
from steadystyle.images.opened import open_picture, refusing, regular_file, shown
from steadystyle.images.pixels import Pixels, from_pillow, from_sixteen_bit
from steadystyle.images.recognised import Recognised
from steadystyle.images.sixteen_bit import is_halved, is_premultiplied, read_whole
from steadystyle.images.whole_png import check_whole

MAX_PIXELS = 200_000_000
MAX_TEXT_CHUNKS, MAX_TEXT_BYTES = 100, 1_000_000

UPRIGHT: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    2: lambda picture: picture[:, ::-1],
    3: lambda picture: picture[::-1, ::-1],
    4: lambda picture: picture[::-1],
    5: lambda picture: picture.swapaxes(0, 1),
    6: lambda picture: picture.swapaxes(0, 1)[:, ::-1],
    7: lambda picture: picture[::-1, ::-1].swapaxes(0, 1),
    8: lambda picture: picture.swapaxes(0, 1)[::-1],
}
"""What to do about each EXIF orientation but 1, which is upright."""


def load_image(
    path: str | os.PathLike[str],
    *,
    background: tuple[float, float, float] = (1.0, 1.0, 1.0),
    keep_alpha: bool = False,
    max_pixels: int = MAX_PIXELS,
) -> np.ndarray:
    """Read a picture: JPEG, PNG, WebP, TIFF, BMP, AVIF, the first frame of an animation; HEIC with the extra `heif`.

    Turned upright as EXIF says, its colours converted to sRGB by its ICC profile; 16-bit pictures keep their precision.
    A float picture's numbers are recognised as docs/inputs.md says; what was put right is said by a warning. A broken
    colour profile or broken EXIF data warn, and are left out.

    Args:
        path: of a regular file.
        background: sRGB in [0, 1], under what is transparent.
        keep_alpha: return the alpha channel, instead of compositing over `background`.
        max_pixels: a picture whose header says more is refused before it is decoded.

    Returns:
        float32 (H, W, 3) in [0, 1]; (H, W, 4) with `keep_alpha`, the colours not multiplied by alpha.

    Raises:
        PictureError: there is no such file, it is no picture or not whole, too large, or its numbers are not in [0, 1].
        DependencyError: it is HEIC, and pillow-heif is not installed.
        SettingsError: `background` is not a colour.

    Example:
        >>> picture = load_image("photo.jpg")
        >>> picture.shape, picture.dtype
        ((683, 1024, 3), dtype('float32'))
    """
    found = recognised_file(path, background=background, keep_alpha=keep_alpha, max_pixels=max_pixels)
    for remark in found.remarks:
        warnings.warn(f"{shown(os.fsdecode(path))}: {remark.evidence}; {remark.remedy}", stacklevel=2)
    return found.picture


def recognised_file(
    path: str | os.PathLike[str],
    *,
    background: tuple[float, float, float] = (1.0, 1.0, 1.0),
    keep_alpha: bool = False,
    max_pixels: int = MAX_PIXELS,
) -> Recognised:
    """What `load_image` gives, with what was put right as remarks and not as warnings."""
    if len(background) != 3 or not all(0 <= channel <= 1 for channel in background):
        raise SettingsError(f"background: got {background}, wanted three numbers in [0, 1]: red, green, blue")
    try:
        name = shown(os.fsdecode(path))
    except TypeError as error:
        raise PictureError(f"wanted the path of a picture, got {type(path).__name__}") from error
    if ImageFile.LOAD_TRUNCATED_IMAGES:
        raise PictureError(
            f"{name}: PIL.ImageFile.LOAD_TRUNCATED_IMAGES is set, which gives half pictures; set it to False"
        )
    with regular_file(path, name) as file:
        pixels, orientation = _decoded(file, name, max_pixels)
    picture = pixels.with_alpha() if keep_alpha else pixels.over(background)
    return Recognised(np.ascontiguousarray(UPRIGHT.get(orientation, np.asarray)(picture)), pixels.remarks)


def _decoded(file: IO[bytes], name: str, max_pixels: int) -> tuple[Pixels, int]:
    """The numbers, and the EXIF orientation that they still have to be turned by."""
    with refusing(name):
        image = open_picture(file, name, max_pixels)
        if image.format == "PNG":
            check_whole(file)
        if is_halved(image):
            premultiplied = is_premultiplied(image)
            values = read_whole(image, lambda: open_picture(file, name, max_pixels))
            pixels = from_sixteen_bit(values, image, name, premultiplied=premultiplied)
        else:
            image.load()
            pixels = from_pillow(image, name)
        return pixels, _orientation(image, name)


def _orientation(image: Image.Image, name: str) -> int:
    """1 to 8, as EXIF counts; asked after loading, when Pillow has turned a TIFF already."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception as error:  # as many kinds as in `refusing`
        warnings.warn(f"{name}: its EXIF data are broken ({error}); the picture is taken as upright", stacklevel=2)
        return 1
    return orientation if isinstance(orientation, int) else 1


def read_text(path: str | os.PathLike[str]) -> dict[str, str]:
    """The texts in a PNG by keyword, as `save_image` writes them: before the pixels, not compressed.

    Raises:
        PictureError: it is not a PNG file, or is broken.
    """
    name = shown(os.fsdecode(path))
    texts: dict[str, str] = {}
    with regular_file(path, name) as file, refusing(name):
        if file.read(8) != b"\x89PNG\r\n\x1a\n":
            raise PictureError(f"{name}: not a PNG file, and only those carry text; name a picture ending in .png")
        for _ in range(MAX_TEXT_CHUNKS):
            length, kind = struct.unpack(">I4s", file.read(8))
            if kind in {b"IDAT", b"IEND"}:
                break
            if kind not in {b"tEXt", b"iTXt"}:
                file.seek(length + 4, os.SEEK_CUR)
                continue
            if length > MAX_TEXT_BYTES:
                raise PictureError(f"{name}: a text of {length:,} bytes, wanted at most {MAX_TEXT_BYTES:,}")
            data = file.read(length)
            if file.read(4) != struct.pack(">I", zlib.crc32(kind + data)):
                raise PictureError(f"{name}: a text in it is broken; take another copy of the file")
            keyword, _, rest = data.partition(b"\0")
            if kind == b"tEXt":
                texts[keyword.decode("latin-1")] = rest.decode("latin-1")
            elif rest[:1] == b"\0":  # not compressed
                texts[keyword.decode("latin-1")] = rest[2:].split(b"\0", 2)[2].decode("utf-8")
    return texts
