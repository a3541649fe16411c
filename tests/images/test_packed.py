"""A picture is kept in few bytes, and comes back to the bit."""

from __future__ import annotations

import numpy as np
import pytest

from steadystyle.images.packed import Packed
from steadystyle.images.values import from_whole_numbers


@pytest.mark.parametrize("height", [1, 255, 600])
def test_a_picture_of_eight_bits_takes_eight_bits(height: int) -> None:
    """Every level comes back as it was, from a quarter of the bytes."""
    picture = from_whole_numbers(np.random.default_rng(0).integers(0, 256, (height, 7, 3)), 255)
    packed = Packed(picture)
    assert packed._kept.nbytes == picture.nbytes / 4
    assert packed.picture().dtype == np.float32
    np.testing.assert_array_equal(packed.picture(), picture)


@pytest.mark.parametrize("value", [0.3, np.nan, np.inf, -0.1, 2.0])
def test_any_other_picture_stays_what_it_is(value: float) -> None:
    """One number between two levels, or none that a picture has, in its last row."""
    picture = np.zeros((300, 5, 3), np.float32)
    picture[-1, -1, -1] = value
    assert Packed(picture).picture() is picture
