"""From pixels to a file."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

from steadystyle.core.errors import OutputError, PictureError
from steadystyle.core.injection import inject
from steadystyle.images.atomic import check_place, write_atomically
from steadystyle.images.colour import srgb_profile
from steadystyle.images.opened import reason, shown
from steadystyle.images.read_back import STRIP, Damaged, check_written
from steadystyle.images.sixteen_bit_files import png_bytes, tiff_bytes
from steadystyle.images.values import in_unit_range

SETTINGS: dict[str, dict[str, Any]] = {
    "PNG": {},
    "JPEG": {"quality": 95, "subsampling": "4:4:4"},
    "WEBP": {"quality": 95, "method": 5, "exact": True},
    "TIFF": {"compression": "tiff_adobe_deflate"},
}
"""How each format is written: small enough, and no loss that an eye can see."""
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF"}
SIXTEEN_BIT = {"PNG": png_bytes, "TIFF": tiff_bytes}
MAX_SIDE = {"JPEG": 65_500, "WEBP": 16_383}


def save_image(
    path: str | os.PathLike[str], image: np.ndarray, *, text: Mapping[str, str] | None = None, bits: int = 8
) -> None:
    """Write a picture: PNG, JPEG, WebP or TIFF, by the ending of `path`; with an sRGB profile, and no other metadata.

    The file appears whole or not at all. Before it does, it is read back and compared; if it shows another picture, it
    is made once more.

    Args:
        path: ends in .png, .jpg, .jpeg, .webp, .tif or .tiff.
        image: float (H, W, 3), or (H, W, 4) with alpha that the colours are not multiplied by; sRGB in [0, 1].
        text: keyword to text, of which only PNG has a place; `read_text` reads it back.
        bits: per channel, 8, or 16 for PNG and TIFF.

    Raises:
        PictureError: `image` is not such an array, or has a number that is not finite or not in [0, 1].
        OutputError: it cannot be written there, or not in that format, or is not what was to be written.

    Example:
        >>> save_image("out.png", result.image, text={"Title": "Chicago"})
    """
    check_writable(path)
    kind = _format(path)
    whole = _checked(image)
    height, width, channels = whole.shape
    if bits not in (8, 16) or (bits == 16 and kind not in SIXTEEN_BIT):
        raise OutputError(f"cannot write {shown(path)} with {bits} bits; wanted 8, or 16 for .png and .tif")
    if channels == 4 and kind == "JPEG":
        raise OutputError(f"cannot write {shown(path)} with alpha, which JPEG has not; name a .png, .webp or .tif")
    if max(height, width) > MAX_SIDE.get(kind, max(height, width)):
        raise OutputError(
            f"cannot write {shown(path)} of {width} x {height} pixels: {kind} ends at {MAX_SIDE[kind]}; name a .png"
        )
    texts = _checked_text(path, text or {}) if kind == "PNG" else {}
    _write(path, whole, kind, texts, bits)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Before anything is computed: could `save_image` write here? The folder stays as it is.

    Raises:
        OutputError: no; the message says why.
    """
    _format(path)
    check_place(path)


def _format(path: str | os.PathLike[str]) -> str:
    suffix = Path(path).suffix
    if suffix.lower() not in FORMATS:
        found = f"ends in {shown(suffix)}" if suffix else "has no ending"
        raise OutputError(f"cannot write {shown(path)}: the name {found}, wanted one of {', '.join(FORMATS)}")
    return FORMATS[suffix.lower()]


def _checked(image: np.ndarray) -> np.ndarray:
    """The very numbers that are written: a float32 copy, (H, W, 3 or 4)."""
    array = np.asarray(image)
    what = f"picture to save: array of shape {array.shape} ({array.dtype})"
    if array.ndim != 3 or array.shape[-1] not in (3, 4) or array.size == 0 or "float" not in array.dtype.name:
        raise PictureError(f"{what}, wanted floats of shape (H, W, 3) or (H, W, 4), in [0, 1]")
    return in_unit_range(array, what)


def _checked_text(path: str | os.PathLike[str], text: Mapping[str, str]) -> Mapping[str, str]:
    for keyword, value in text.items():
        if not (1 <= len(keyword) <= 79 and keyword.isascii() and keyword.isprintable()) or "\0" in value:
            raise OutputError(
                f"cannot write {shown(path)}: text {shown(keyword)!r}; wanted keywords of 1 to 79 ASCII letters, and "
                "no null character in the text"
            )
    return text


def _write(path: str | os.PathLike[str], whole: np.ndarray, kind: str, texts: Mapping[str, str], bits: int) -> None:
    """Encode, write and check; twice, if the first time does not give what was to be written."""
    for again in (True, False):
        if bits == 16:
            data = SIXTEEN_BIT[kind](_levels(whole, np.uint16), srgb_profile(), texts)
        else:
            data = _eight_bit(_levels(whole, np.uint8), kind, texts, shown(path))
        try:
            return write_atomically(path, data, check=lambda written: check_written(written, whole, kind))
        except Damaged as error:
            if not again:
                raise OutputError(
                    f"cannot write {shown(path)}: twice it was not what was to be written: {error}; name another "
                    "folder or format, and check disk and memory"
                ) from error


def _levels(whole: np.ndarray, dtype: type[np.unsignedinteger[Any]]) -> np.ndarray:
    """The nearest of the whole numbers that `dtype` has for black to white."""
    levels, white = np.empty(whole.shape, dtype), np.float32(np.iinfo(dtype).max)
    for start in range(0, len(whole), STRIP):  # a large picture is in memory often enough
        rows = slice(start, start + STRIP)
        with np.errstate(invalid="ignore"):  # a NaN becomes some whole number, and is found when it is read back
            levels[rows] = inject("encoder", None, np.rint(whole[rows] * white))
    return levels


def _eight_bit(pixels: np.ndarray, kind: str, text: Mapping[str, str], name: str) -> bytes:
    settings = {**SETTINGS[kind], "icc_profile": srgb_profile()}
    if kind == "PNG":
        settings["pnginfo"] = chunks = PngImagePlugin.PngInfo()
        for keyword, value in text.items():
            chunks.add_itxt(keyword, value)
    file = io.BytesIO()
    try:
        Image.fromarray(pixels).save(file, kind, **settings)
    except Exception as error:  # Pillow's writers raise OSError, ValueError, RuntimeError, MemoryError
        raise OutputError(f"cannot write {name}: {reason(error)}; name a .png") from error
    return file.getvalue()
