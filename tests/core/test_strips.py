"""What is done strip by strip is what is done at once."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.core import strips
from steadystyle.core.aligned import blank

PICTURES = [tf.constant(np.random.default_rng(seed).random((1, 23, 7, 3), np.float32)) for seed in range(2)]


@pytest.fixture(params=[1, 7, 50, 161])
def small(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Strips of so many pixels."""
    monkeypatch.setattr(strips, "PIXELS", 1)
    monkeypatch.setattr(strips, "STRIP", request.param)
    return int(request.param)


def test_strips_cover_the_rows_once(small: int) -> None:
    """From top to bottom, at least a row each, of at most as many pixels or one row."""
    found = strips.strips(23, 7)
    assert [row for rows in found for row in range(23)[rows]] == list(range(23))
    assert max(rows.stop - rows.start for rows in found) * 7 <= max(small, 7)


def test_each_pixel_is_treated_by_itself(small: int) -> None:
    """Several pictures in, several out; to the bit."""
    total, product = strips.each(lambda one, other: (one + other, one * other), *PICTURES)
    np.testing.assert_array_equal(total, PICTURES[0] + PICTURES[1])
    np.testing.assert_array_equal(product, PICTURES[0] * PICTURES[1])


def test_sums_maxima_and_norms(small: int) -> None:
    """Those of the strips make those of the picture."""
    one, other = PICTURES
    assert strips.total(lambda a, b: tf.reduce_sum(a * b), one, other) == pytest.approx(np.vdot(one, other), rel=1e-5)
    assert strips.largest(tf.reduce_max, one) == np.max(one)
    assert float(strips.norm(one)) == pytest.approx(np.linalg.norm(one), rel=1e-5)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_shows(bad: float, small: int) -> None:
    """In a maximum and a norm, wherever it is."""
    for row in (0, 11, 22):
        broken = np.array(PICTURES[0])
        broken[0, row, 3, 1] = bad
        assert not np.isfinite(strips.largest(tf.reduce_max, tf.constant(broken)))
        assert not np.isfinite(strips.norm(tf.constant(broken)))


def test_what_is_adopted_is_not_copied() -> None:
    """A blank array and its tensor are one; any other array is copied, as TensorFlow may not lie elsewhere."""
    array = blank((1, 5, 3, 3))
    array[:] = 0.25
    tensor = strips.adopted(array)
    assert np.shares_memory(np.asarray(tensor), array)
    np.testing.assert_array_equal(tensor + 1.0, np.full((1, 5, 3, 3), 1.25, np.float32))
    odd = blank((1, 5, 3, 4))[..., 1:]
    odd[:] = 0.5
    assert not np.shares_memory(np.asarray(strips.adopted(odd)), odd)


def test_a_large_array_that_cannot_be_adopted_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """To one that can: the tensor has the same numbers, and the array may be written to."""
    monkeypatch.setattr(strips, "PIXELS", 4)
    array = np.arange(61, dtype=np.float32)[1:].reshape(1, 4, 5, 3)
    tensor = strips.adopted(array)
    array[:] = 0
    np.testing.assert_array_equal(np.asarray(tensor).ravel(), np.arange(1, 61))
