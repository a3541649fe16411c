"""Colours as their profile means them, in sRGB."""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import Image, ImageCms

from steadystyle.images.curves_profile import CurvesProfile
from steadystyle.images.values import from_whole_numbers

SPACE_OF_MODE = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}
DATE_AND_TIME = slice(24, 36)
"""Where an ICC profile says when it was made."""


def srgb_profile() -> bytes:
    """The ICC profile that is embedded in what we write: always the same bytes."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[DATE_AND_TIME] = bytes.fromhex("07e8 0001 0001 0000 0000 0000")
    return bytes(profile)


def to_srgb(image: Image.Image, profile: bytes | None, name: str) -> Image.Image:
    """`image` (mode L, RGB, CMYK or LAB) in mode RGB, sRGB.

    Without a profile, grey and RGB are taken as sRGB, and ink covers paper as `(1 - ink)(1 - black)`. A profile that is
    broken, or made for other channels, warns and is left out.
    """
    if image.mode == "LAB":
        return _converted(image, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    source = _usable(profile, image.mode, name)
    if source is None:
        return image.convert("RGB")
    if image.mode == "L" and _space(source) == "RGB":
        image = image.convert("RGB")
    try:
        return image.convert("RGB") if _is_srgb(source, image.mode) else _converted(image, source)
    except ImageCms.PyCMSError as error:
        _warn(name, str(error))
        return image.convert("RGB")


def numbers_to_srgb(colours: np.ndarray, profile: bytes | None, name: str) -> np.ndarray:
    """`colours` (H, W, 1 or 3), float32 in [0, 1], as sRGB (H, W, 3), with more precision than 8 bits.

    A profile made of curves and primaries, as cameras and editors embed, is computed exactly; one made of tables is
    applied with 8 bits.
    """
    mode = "L" if colours.shape[-1] == 1 else "RGB"
    source = _usable(profile, mode, name)
    threefold = np.ascontiguousarray(np.broadcast_to(colours, (*colours.shape[:2], 3)))
    if profile is None or source is None:
        return threefold
    if mode == "L" and _space(source) == "RGB":
        mode, colours = "RGB", threefold
    try:
        if _is_srgb(source, mode):
            return threefold
        if curves := CurvesProfile.parse(profile):
            return curves.to_srgb(colours)
        rounded = np.rint(threefold * 255).astype(np.uint8)
        converted = _converted(Image.fromarray(rounded).convert(mode), source)
    except ImageCms.PyCMSError as error:
        _warn(name, str(error))
        return threefold
    return from_whole_numbers(converted, 255)


def _usable(profile: bytes | None, mode: str, name: str) -> ImageCms.ImageCmsProfile | None:
    """The profile, if there is one that fits `mode`."""
    if not profile:
        return None
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    except OSError as error:
        _warn(name, str(error))
        return None
    wanted = SPACE_OF_MODE[mode]
    if _space(opened) not in {wanted, "RGB" if mode == "L" else wanted}:
        _warn(name, f"it is for {_space(opened)}, the picture is {wanted}")
        return None
    return opened


def _space(profile: ImageCms.ImageCmsProfile) -> str:
    return profile.profile.xcolor_space.strip()


def _warn(name: str, error: str) -> None:
    warnings.warn(f"{name}: its colour profile cannot be used ({error}); colours are taken as sRGB", stacklevel=2)


def _is_srgb(profile: ImageCms.ImageCmsProfile, mode: str) -> bool:
    """Whether it moves no colour by more than 1/255: then leaving it out is more precise than 8-bit conversion."""
    if mode not in {"L", "RGB"}:
        return False
    steps = np.arange(0, 256, 15 if mode == "RGB" else 1, dtype=np.uint8)
    grid = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(1, -1, 3) if mode == "RGB" else steps[np.newaxis]
    probe = Image.fromarray(grid)
    moved = np.asarray(_converted(probe, profile), np.int16) - np.asarray(probe.convert("RGB"), np.int16)
    return bool(np.abs(moved).max() <= 1)


def _converted(image: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image:
    """Relative colorimetric with black point compensation, as photo editors convert."""
    converted = ImageCms.profileToProfile(
        image,
        source,
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    assert converted is not None  # it is None only where `inPlace` is asked for
    return converted
