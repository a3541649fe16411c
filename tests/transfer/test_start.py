"""The picture that a run starts from."""

from __future__ import annotations

import numpy as np
import pytest

from steadystyle.transfer.start import start_picture, with_colours_of
from tests import hostile


def generator() -> np.random.Generator:
    """The same random numbers each time."""
    return np.random.default_rng(0)


@pytest.mark.parametrize("kind", ["content", "noise", "style"])
@pytest.mark.parametrize("content", hostile.PICTURES)
@pytest.mark.parametrize("style", ["black", "pure_red", "one_pixel", "noise"])
def test_every_start_is_a_picture(kind: str, content: str, style: str) -> None:
    """Float32, of the content's shape, finite, in [0, 1], for flat, tiny and single-coloured pictures too."""
    picture = hostile.PICTURES[content]()
    start = start_picture(kind, picture, hostile.PICTURES[style](), generator())
    assert start.dtype == np.float32
    assert start.shape == picture.shape
    assert np.isfinite(start).all()
    assert start.min() >= 0
    assert start.max() <= 1


def test_content_is_the_content_itself_and_a_copy() -> None:
    """Bit for bit, and writing into it does not change what was given."""
    content = hostile.noise()
    start = start_picture("content", content, hostile.black(), generator())
    np.testing.assert_array_equal(start, content)
    assert not np.shares_memory(start, content)


def test_noise_knows_neither_picture_but_the_seed() -> None:
    """The same for other pictures of that shape, another for another seed, grey on average."""
    one = start_picture("noise", hostile.black(), hostile.white(), generator())
    other = start_picture("noise", hostile.gradient(), hostile.pure_red(), generator())
    np.testing.assert_array_equal(one, other)
    assert (one != start_picture("noise", hostile.black(), hostile.white(), np.random.default_rng(1))).any()
    assert one.mean() == pytest.approx(0.5, abs=0.01)
    assert one.std() == pytest.approx(0.15, abs=0.01)


def test_colours_have_the_statistics_of_the_other_picture() -> None:
    """Mean and covariance of the colours are those of the style, the drawing is the content's."""
    mixing = np.array([[0.5, 0.2, 0], [0, 0.3, 0.1], [0.1, 0, 0.6]])
    content = hostile.gradient() ** np.array([1, 2, 3])
    style = np.random.default_rng(1).random((30, 30, 3)) @ mixing
    moved = with_colours_of(content, style).reshape(-1, 3)
    np.testing.assert_allclose(moved.mean(0), style.reshape(-1, 3).mean(0), atol=1e-6)
    np.testing.assert_allclose(np.cov(moved.T), np.cov(style.reshape(-1, 3).T), atol=1e-3)
    assert np.corrcoef(moved[:, 0], content[..., 0].ravel())[0, 1] > 0.7


def test_colours_of_the_same_picture_move_nothing() -> None:
    """The map from a picture's colours to themselves is the identity."""
    content = hostile.noise()
    np.testing.assert_allclose(with_colours_of(content, content), content, atol=1e-6)
