"""What the Python interface takes for a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from PIL import Image

from steadystyle.core.errors import PictureError
from steadystyle.images.arrays import as_picture
from tests import hostile


class Tensor:
    """What TensorFlow, Keras and PyTorch have in common."""

    def __init__(self, values: np.ndarray | None) -> None:
        self.values = values

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if self.values is None:
            raise NotImplementedError("a symbolic tensor\nhas no values")
        return self.values


@pytest.mark.parametrize(
    "shape", [(4, 5), (4, 5, 1), (4, 5, 3), (4, 5, 4), (1, 4, 5, 3), (1, 4, 5, 1), (1, 4, 5, 4), (1, 4, 5)]
)
def test_every_shape_that_a_picture_has(shape: tuple[int, ...]) -> None:
    """Grey, colour and alpha, alone or as a batch of one, become (H, W, 3)."""
    picture = as_picture(np.full(shape, 0.25)).picture
    assert picture.shape == (4, 5, 3)
    assert picture.dtype == np.float32
    assert np.allclose(picture, 0.25 * 0.25 + 0.75 if shape[-1] == 4 else 0.25)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0, 51, 255]], np.uint8), [0, 0.2, 1]),
        (np.array([[0, 13107, 65535]], np.uint16), [0, 0.2, 1]),
        (np.array([[False, True, True]]), [0, 1, 1]),
        (np.array([[0, 0.5, 1]], np.float16), [0, 0.5, 1]),
        (np.array([[0, 0.5, 1]], np.float64), [0, 0.5, 1]),
        (np.array([[0, 0.5, 1]], ml_dtypes.bfloat16), [0, 0.5, 1]),
        (Tensor(np.array([[0, 0.5, 1]], np.float32)), [0, 0.5, 1]),
        (np.array([[-5e-7, 0.5, 1 + 5e-7]]), [0, 0.5, 1]),
    ],
)
def test_every_type_that_a_picture_has(values: Any, expected: list[float]) -> None:
    """Each type's own white is 1; a rounding error beyond the range is clipped."""
    picture = as_picture(values).picture
    assert picture[0, :, 0] == pytest.approx(expected, abs=1e-6)
    assert picture.min() >= 0
    assert picture.max() <= 1


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.full((4, 5, 3), 100.0), "from 100 to 100, wanted them in .0, 1.; if its white is 255, divide by 255"),
        (np.full((4, 5, 3), 4000.0), "divide by 65535"),
        (np.full((4, 5, 3), -0.5), r"from -0.5 to -0.5, .*\(x \+ 1\) / 2"),
        (np.full((4, 5, 3), -103.9), "scale it so that black is 0"),
        (np.full((4, 5, 3), np.nan), r"60 of 60 numbers are not finite, the first at \(0, 0, 0\) is nan"),
        (np.full((4, 5, 3), 1e300), "not finite"),
        (np.full((4, 5, 3), 100), r"int64\), from 100 to 100, .* astype it to uint8"),
        (np.full((4, 5, 3), 1j), "complex128"),
        (np.zeros((0, 5, 3)), r"shape \(0, 5, 3\)"),
        (np.zeros(7), r"shape \(7,\)"),
        (np.zeros((2, 4, 5, 3)), r"shape \(2, 4, 5, 3\)"),
        (np.zeros((2, 40, 50)), r"shape \(2, 40, 50\)"),
        (np.zeros((4, 5, 2)), "wanted .H, W"),
        (Tensor(None), "this Tensor has no values to read .a symbolic tensor has no values"),
        ([[0.0, 1.0]], "got list, wanted a path or an array"),
        (None, "got NoneType"),
        ("missing.png", "missing.png: No such file"),
    ],
)
def test_what_is_no_picture_is_refused(values: Any, said: str) -> None:
    """The message says, in one line, what came and what to do."""
    with pytest.raises(PictureError, match=said) as caught:
        as_picture(values)
    assert "\n" not in str(caught.value)


def test_a_path_or_a_pillow_picture(tmp_path: Path) -> None:
    """Both go through the reader of files: a palette is no grey picture."""
    path = hostile.two_bit_palette_png(tmp_path)
    read = as_picture(path).picture
    assert (as_picture(str(path)).picture == read).all()
    with Image.open(path) as image:
        assert image.mode == "P"
        assert (as_picture(image).picture == read).all()


@pytest.mark.parametrize("name", hostile.PICTURES)
def test_every_hostile_picture_passes_unchanged(name: str) -> None:
    """What is finite and in range is a picture, and the caller's array is neither changed nor shared."""
    values = hostile.PICTURES[name]()
    picture = as_picture(values).picture
    assert (picture == values).all()
    assert not np.shares_memory(picture, values)
