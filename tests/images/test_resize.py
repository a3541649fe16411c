"""The same picture at another size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steadystyle.core.errors import PictureError
from steadystyle.images.resize import fit, resize
from tests import hostile

SIDES = st.integers(1, 40)


@settings(max_examples=60)
@given(sides=st.tuples(SIDES, SIDES, SIDES, SIDES), channels=st.sampled_from([1, 3, 4]), seed=st.integers(0, 99))
def test_any_size_to_any_size(sides: tuple[int, int, int, int], channels: int, seed: int) -> None:
    """The size is as asked, numbers stay in [0, 1], and a constant stays what it is."""
    picture = np.random.default_rng(seed).random((sides[0], sides[1], channels), np.float32)
    resized = resize(picture, sides[2], sides[3])
    assert resized.shape == (sides[2], sides[3], channels)
    assert resized.dtype == np.float32
    assert resized.min() >= 0
    assert resized.max() <= 1
    flat = np.full_like(picture, 0.3)
    assert np.allclose(resize(flat, sides[2], sides[3]), 0.3, atol=1e-6)


@pytest.mark.parametrize("name", hostile.PICTURES)
def test_the_same_size_is_the_same_picture(name: str) -> None:
    """Nothing is resampled where nothing changes, and the array is a new one."""
    picture = hostile.PICTURES[name]()
    resized = resize(picture, *picture.shape[:2])
    assert (resized == picture).all()
    assert not np.shares_memory(resized, picture)


@settings(max_examples=30)
@given(sides=st.tuples(SIDES, SIDES, SIDES, SIDES), band=st.integers(1, 600))
def test_in_bands_it_is_the_same(sides: tuple[int, int, int, int], band: int) -> None:
    """A large result, which is made some rows at a time, is what it is at once."""
    picture = np.random.default_rng(0).random((sides[0], sides[1], 3), np.float32)
    whole = resize(picture, sides[2], sides[3])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("steadystyle.images.resize.BAND", band)
        assert np.abs(resize(picture, sides[2], sides[3]) - whole).max() <= 1e-5


def test_fine_patterns_become_grey() -> None:
    """Antialiased: a checkerboard of single pixels at a quarter of the size shows no pattern."""
    small = resize(hostile.checkerboard(), 12, 16)
    assert np.abs(small[1:-1, 1:-1] - 0.5).max() < 0.02


def test_smaller_and_back() -> None:
    """A smooth picture survives halving and doubling."""
    gradient = hostile.gradient()
    assert np.abs(resize(resize(gradient, 24, 32), 48, 64) - gradient).max() < 0.02


@pytest.mark.parametrize(("height", "width"), [(0, 5), (5, 0), (-1, 5)])
def test_no_side_can_vanish(height: int, width: int) -> None:
    """A side below 1 is refused."""
    with pytest.raises(PictureError, match="wanted each side at least 1"):
        resize(hostile.noise(), height, width)


@given(height=st.integers(1, 10_000), width=st.integers(1, 10_000), size=st.integers(1, 10_000))
def test_fit_keeps_the_aspect(height: int, width: int, size: int) -> None:
    """The longer side is the size asked for; the shorter is as near to the aspect as whole pixels get, at least 1."""
    fitted = fit(height, width, size)
    assert max(fitted) == size
    shorter = min(height, width) * size / max(height, width)
    assert min(fitted) == max(1, round(shorter))
    assert height == width or (fitted[0] >= fitted[1]) == (height >= width) or fitted[0] == fitted[1]
