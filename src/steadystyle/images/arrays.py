"""What the Python interface takes for a picture."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from steadystyle.core.errors import PictureError
from steadystyle.core.injection import inject
from steadystyle.images.load import recognised_file
from steadystyle.images.opened import reason, refusing
from steadystyle.images.pixels import Pixels, from_pillow
from steadystyle.images.recognised import Recognised, Remark, form, recognised_numbers

Picture = Any
"""A path, or whatever NumPy can read as an array: its own, TensorFlow's, Keras's, PyTorch's, a Pillow picture."""

SHAPES = "(H, W), (H, W, 1), (H, W, 3), (H, W, 4), or one of these as a batch of one"


def as_picture(value: Picture) -> Recognised:
    """`value` as float32 (H, W, 3), sRGB, in [0, 1], with what has to be said about it. Never a view of what came.

    Args:
        value: a path; an array or tensor (H, W), (H, W, 1), (H, W, 3), (H, W, 4), (3, H, W) or a batch of one; a
            picture of Pillow's; or what this function gave. Floats in [0, 1], uint8, uint16 and bool are taken as
            they are; what else is put right or refused, docs/inputs.md says.

    Raises:
        PictureError: it is none of these; the message says what came, what was wanted and what to do.
    """
    if isinstance(value, Recognised):
        return value
    if isinstance(value, str | bytes | os.PathLike):
        return recognised_file(os.fsdecode(value))
    if isinstance(value, Image.Image):
        with refusing("picture"):
            value.load()
            pixels = from_pillow(value, "picture")
        return Recognised(np.ascontiguousarray(pixels.over((1, 1, 1))), pixels.remarks)
    array, layout = _laid_out(_array(value))
    numbers, remarks = recognised_numbers(array, f"picture: array of shape {array.shape} ({array.dtype})")
    colours = numbers[..., :3]
    if colours.shape[-1] == 1:
        colours = np.repeat(colours, 3, axis=-1)
    alpha = None
    if numbers.shape[-1] == 4:
        alpha = numbers[..., 3:]
        layout.append(form("four channels", "alpha composited over white"))
    return Recognised(np.ascontiguousarray(Pixels(colours, alpha).over((1, 1, 1))), (*layout, *remarks))


def as_styles(value: Picture | Sequence[Picture]) -> list[Recognised]:
    """One picture, or each in a list or tuple of them, as `as_picture` takes it.

    Raises:
        PictureError: the list is empty, or one is no picture.
    """
    styles = value if isinstance(value, list | tuple) and not isinstance(value, Recognised) else [value]
    if not styles:
        raise PictureError("style: got an empty list, wanted at least one picture")
    return [as_picture(inject(f"style {number}", None, one)) for number, one in enumerate(styles, 1)]


def _array(value: Any) -> np.ndarray:
    """`value` as an array of any shape and type."""
    if not hasattr(value, "__array__"):
        raise PictureError(f"picture: got {type(value).__name__}, wanted a path or an array of shape {SHAPES}")
    try:
        return np.asarray(value)
    except Exception as error:  # each library has its own for a tensor without values, or on another device
        raise PictureError(f"picture: this {type(value).__name__} has no values to read ({reason(error)})") from error


def _laid_out(array: np.ndarray) -> tuple[np.ndarray, list[Remark]]:
    """`array` as (H, W, 1, 3 or 4), and what was done for it."""
    shape, remarks = array.shape, list[Remark]()
    if array.ndim > 2 and shape[0] == 1 and (array.ndim == 4 or shape[-1] not in (1, 3, 4)):
        array = array[0]
        remarks.append(form(f"shape {shape}", "taken out of its batch"))
    if array.ndim == 3 and array.shape[0] in (1, 3, 4) and array.shape[-1] > 4:
        array = np.moveaxis(array, 0, -1)
        remarks.append(form(f"shape {shape}, channels first", "channels moved last"))
    if array.ndim == 2:
        array = array[..., np.newaxis]
    if array.ndim != 3 or array.shape[-1] not in (1, 3, 4) or array.size == 0:
        raise PictureError(f"picture: got an array of shape {shape} ({array.dtype}), wanted {SHAPES}")
    return array, remarks
