from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from steadystyle.images.thumbnail import as_webp


@pytest.mark.parametrize(("height", "width", "wanted"), [(300, 600, (50, 100)), (600, 3, (100, 1)), (20, 30, (20, 30))])
def test_a_picture_is_made_no_longer_than_asked(height: int, width: int, wanted: tuple[int, int]) -> None:
    """The longer side is at most the size; a small picture is not enlarged; its colour stays."""
    picture = np.full((height, width, 3), (0.2, 0.5, 0.8), np.float32)
    small = np.asarray(Image.open(io.BytesIO(as_webp(picture, 100))))
    assert small.shape == (*wanted, 3)
    assert np.abs(small / 255 - picture[0, 0]).max() < 0.03
