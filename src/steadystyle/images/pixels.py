"""From what Pillow decoded to numbers: colours in sRGB and alpha, whatever the picture's mode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from steadystyle.core.errors import PictureError
from steadystyle.images.colour import numbers_to_srgb, to_srgb
from steadystyle.images.recognised import Remark, recognised_numbers
from steadystyle.images.values import from_whole_numbers

STRAIGHT = {"La": "LA", "RGBa": "RGBA"}
"""Modes whose colours are multiplied by alpha, and those they are divided into."""
BITS_PER_SAMPLE, PHOTOMETRIC_INTERPRETATION = 258, 262
WHITE_IS_ZERO = 0


class Pixels(NamedTuple):
    """A picture as numbers.

    Attributes:
        colours: (H, W, 3) float32 sRGB in [0, 1].
        alpha: (H, W, 1) float32 in [0, 1]; None for an opaque picture.
        remarks: what was put right to make it so.
    """

    colours: np.ndarray
    alpha: np.ndarray | None = None
    remarks: tuple[Remark, ...] = ()

    def over(self, background: Sequence[float]) -> np.ndarray:
        """(H, W, 3): composited in sRGB over one colour, as browsers do."""
        if self.alpha is None:
            return self.colours
        composited: np.ndarray = self.colours * self.alpha + np.asarray(background, np.float32) * (1 - self.alpha)
        return composited

    def with_alpha(self) -> np.ndarray:
        """(H, W, 4), the colours not multiplied by alpha."""
        alpha = np.ones_like(self.colours[..., :1]) if self.alpha is None else self.alpha
        return np.concatenate([self.colours, alpha], axis=-1)


def from_pillow(image: Image.Image, name: str) -> Pixels:
    """The numbers of a loaded picture; 8 bits of precision, or 16 for grey.

    Raises:
        PictureError: its numbers have no agreed white; or they are floats that `recognised_numbers` refuses.
    """
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I;16"):
        return _from_sixteen_bit_grey(image, profile, name)
    if image.mode == "F":
        return _from_float_grey(image, name)
    if image.mode == "I":
        raise PictureError(
            f"{name}: its whole numbers have a sign or 32 bits, with no agreed white; save it with 8 or 16 bits"
        )
    colours, alpha = _separated(image)
    converted = from_whole_numbers(to_srgb(colours, profile, name), 255)
    return Pixels(converted, None if alpha is None else from_whole_numbers(alpha, 255)[..., np.newaxis])


def from_sixteen_bit(values: np.ndarray, image: Image.Image, name: str, *, premultiplied: bool = False) -> Pixels:
    """The numbers of a picture whose channels, (H, W, 2 to 4) uint16, were read past Pillow; `image` has the rest."""
    numbers = from_whole_numbers(values, 65535)
    alpha = numbers[..., -1:] if values.shape[-1] in (2, 4) else None
    colours = numbers if alpha is None else numbers[..., :-1]
    if premultiplied and alpha is not None:
        colours = np.divide(colours, alpha, out=np.zeros_like(colours), where=alpha > 0).clip(0.0, 1.0)
    transparent = image.info.get("transparency")
    if alpha is None and transparent is not None:
        alpha = (values != np.array(transparent)).any(axis=-1, keepdims=True).astype(np.float32)
    return Pixels(numbers_to_srgb(colours, image.info.get("icc_profile"), name), alpha)


def _from_sixteen_bit_grey(image: Image.Image, profile: bytes | None, name: str) -> Pixels:
    values = np.asarray(image)
    white = 4095 if _tag(image, BITS_PER_SAMPLE) == (12,) else 65535
    grey = from_whole_numbers(values, white)[..., np.newaxis]
    if _tag(image, PHOTOMETRIC_INTERPRETATION) == WHITE_IS_ZERO:
        grey = 1 - grey
    transparent = image.info.get("transparency")
    alpha = None if transparent is None else (values != transparent).astype(np.float32)[..., np.newaxis]
    return Pixels(numbers_to_srgb(grey, profile, name), alpha)


def _from_float_grey(image: Image.Image, name: str) -> Pixels:
    grey, remarks = recognised_numbers(np.asarray(image)[..., np.newaxis], name)
    if _tag(image, PHOTOMETRIC_INTERPRETATION) == WHITE_IS_ZERO:
        grey = 1 - grey
    return Pixels(np.repeat(grey, 3, axis=-1), remarks=remarks)


def _tag(image: Image.Image, number: int) -> object:
    """A TIFF tag; None where there is none."""
    return getattr(image, "tag_v2", {}).get(number)


def _separated(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Colours in mode L, RGB, CMYK or LAB, and alpha in mode L; None if opaque."""
    if image.mode in STRAIGHT:
        image = image.convert(STRAIGHT[image.mode])
    if image.has_transparency_data:
        whole = image.convert("RGBA")
        alpha = whole.getchannel("A")
        return (whole.getchannel("R") if image.mode in {"1", "L", "LA"} else whole.convert("RGB")), alpha
    if image.mode in {"CMYK", "LAB"}:
        return image, None
    return image.convert("L" if image.mode in {"1", "L"} else "RGB"), None
