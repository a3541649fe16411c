"""What the Python interface takes for a picture."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from PIL import Image

from steadystyle.core.errors import PictureError
from steadystyle.images.load import load_image
from steadystyle.images.opened import reason, refusing
from steadystyle.images.pixels import Pixels, from_pillow
from steadystyle.images.values import from_whole_numbers, in_unit_range

Picture = Any
"""A path, or whatever NumPy can read as an array: its own, TensorFlow's, Keras's, PyTorch's, a Pillow picture."""

WHITE = {"bool": 1, "uint8": 255, "uint16": 65535}
"""What is white in an array of whole numbers. Others have no agreed white."""
SHAPES = "(H, W), (H, W, 1), (H, W, 3), (H, W, 4), or one of these as a batch of one"


def as_picture(value: Picture) -> np.ndarray:
    """`value` as float32 (H, W, 3), sRGB, in [0, 1]; alpha is composited over white. Never a view of what came.

    Args:
        value: a path; or an array or tensor (H, W), (H, W, 1), (H, W, 3), (H, W, 4) or (1, H, W, C) of uint8, uint16,
            bool, or floats in [0, 1]; or a picture of Pillow's.

    Raises:
        PictureError: it is none of these; the message says what came, what was wanted and what to do.
    """
    if isinstance(value, str | bytes | os.PathLike):
        return load_image(os.fsdecode(value))
    if isinstance(value, Image.Image):
        with refusing("picture"):
            value.load()
            return from_pillow(value, "picture").over((1, 1, 1))
    array = _array(value)
    numbers = _numbers(array)
    colours = numbers[..., :3]
    if colours.shape[-1] == 1:
        colours = np.repeat(colours, 3, axis=-1)
    alpha = numbers[..., 3:] if numbers.shape[-1] == 4 else None
    return np.ascontiguousarray(Pixels(colours, alpha).over((1, 1, 1)))


def _array(value: Any) -> np.ndarray:
    """`value` as (H, W, 1, 3 or 4), of any type."""
    if not hasattr(value, "__array__"):
        raise PictureError(f"picture: got {type(value).__name__}, wanted a path or an array of shape {SHAPES}")
    try:
        array = np.asarray(value)
    except Exception as error:  # each library has its own for a tensor without values, or on another device
        raise PictureError(f"picture: this {type(value).__name__} has no values to read ({reason(error)})") from error
    shape = array.shape
    if array.ndim > 2 and shape[0] == 1 and (array.ndim == 4 or shape[-1] not in (1, 3, 4)):
        array = array[0]
    if array.ndim == 2:
        array = array[..., np.newaxis]
    if array.ndim != 3 or array.shape[-1] not in (1, 3, 4) or array.size == 0:
        channels_first = array.ndim == 3 and array.shape[0] in (1, 3, 4) and array.size > 0
        advice = "; move its channels last with np.moveaxis(picture, 0, -1)" if channels_first else ""
        raise PictureError(f"picture: got an array of shape {shape} ({array.dtype}), wanted {SHAPES}{advice}")
    return array


def _numbers(array: np.ndarray) -> np.ndarray:
    """Float32 in [0, 1]."""
    dtype = array.dtype.name
    if dtype in WHITE:
        return from_whole_numbers(array, WHITE[dtype])
    what = f"picture: array of shape {array.shape} ({dtype})"
    if "float" in dtype:  # NumPy's, and TensorFlow's bfloat16 and float8, which NumPy counts as no kind of float
        return in_unit_range(array, what)
    if array.dtype.kind not in "iu":
        raise PictureError(f"{what}, wanted uint8, uint16, bool, or floats in [0, 1]")
    smallest, largest = int(array.min()), int(array.max())
    advice = "astype it to uint8" if smallest >= 0 and largest <= 255 else "scale it to floats in [0, 1]"
    raise PictureError(
        f"{what}, from {smallest} to {largest}, wanted uint8, uint16, bool, or floats in [0, 1], which agree on "
        f"what is white; {advice}"
    )
