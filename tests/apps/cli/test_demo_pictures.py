from __future__ import annotations

import numpy as np
import pytest

from steadystyle.apps.cli.demo_pictures import PICTURES
from steadystyle.apps.cli.inputs import drawn_input
from steadystyle.core.errors import PictureError


@pytest.mark.parametrize("name", PICTURES)
def test_a_drawn_picture_is_a_picture(name: str) -> None:
    """It is float32, finite, in [0, 1], of one size, uses the whole range, and is the same each time."""
    picture = PICTURES[name]()
    assert picture.dtype == np.float32
    assert picture.shape == (448, 672, 3)
    assert 0 <= picture.min() < 0.1
    assert 0.9 < picture.max() <= 1
    assert drawn_input(name).sha256 == drawn_input(name).sha256


def test_a_picture_that_is_not_drawn_names_those_that_are() -> None:
    """A record with another name is refused."""
    with pytest.raises(PictureError, match="landscape, starry"):
        drawn_input("sunflowers")
