"""Brightness of one picture on the colours of another."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from steadystyle.images.luma import WEIGHTS, with_colours_of


def drawn(seed: int, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """Random colours between two numbers."""
    return np.random.default_rng(seed).uniform(low, high, (6, 7, 3)).astype(np.float32)


@given(seed=st.integers(0, 50), flat=st.sampled_from(["neither", "made", "own", "both"]))
def test_it_is_a_picture(seed: int, flat: str) -> None:
    """Finite and in [0, 1], also where one of the two is of one colour."""
    made = np.full((6, 7, 3), 0.7, np.float32) if flat in ("made", "both") else drawn(seed)
    own = np.full((6, 7, 3), 0.2, np.float32) if flat in ("own", "both") else drawn(seed + 1)
    found = with_colours_of(made, own)
    assert found.dtype == np.float32
    assert found.shape == own.shape
    assert found.min() >= 0
    assert found.max() <= 1


def test_colours_stay_and_brightness_follows() -> None:
    """The channels' differences are those of the one, the brightness goes up and down with the other."""
    made, own = drawn(3), drawn(4, 0.4, 0.6)
    found = with_colours_of(made, own)
    np.testing.assert_allclose(found[..., 0] - found[..., 1], own[..., 0] - own[..., 1], atol=1e-6)
    np.testing.assert_allclose(np.corrcoef((found @ WEIGHTS).ravel(), (made @ WEIGHTS).ravel())[0, 1], 1, atol=1e-5)
    np.testing.assert_allclose((found @ WEIGHTS).mean(), (own @ WEIGHTS).mean(), atol=1e-5)


def test_a_picture_on_itself_is_itself() -> None:
    """Nothing is moved."""
    np.testing.assert_allclose(with_colours_of(drawn(5), drawn(5)), drawn(5), atol=1e-6)
