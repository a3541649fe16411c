"""What sets the ways of clipping apart."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.optimizers.clips.adaptive import FLOOR, Adaptive
from steadystyle.optimizers.clips.global_norm import GlobalNorm
from steadystyle.optimizers.clips.norm import Norm
from steadystyle.optimizers.clips.value import Value

SMALL, LARGE = tf.constant([0.1, -0.1]), tf.constant([3.0, -3.0])
ONES = [tf.ones(2), tf.ones(2)]


def test_value_looks_at_entries() -> None:
    """Small ones beside large ones stay."""
    (found,) = Value()([tf.constant([0.1, -5.0])], [tf.ones(2)], 1.0)
    np.testing.assert_array_equal(found, np.array([0.1, -1.0], np.float32))


def test_norm_looks_at_each_gradient_and_global_norm_at_all() -> None:
    """A small gradient beside a large one: the one leaves it, the other keeps their ratio."""
    each, together = (clip([SMALL, LARGE], ONES, 1.0) for clip in (Norm(), GlobalNorm()))
    np.testing.assert_array_equal(each[0], SMALL)
    np.testing.assert_allclose(each[1], [1, -1], rtol=1e-6)
    np.testing.assert_allclose(np.divide(*together), np.divide(SMALL, LARGE), rtol=1e-5)
    assert np.sqrt(np.mean(np.square(together))) == pytest.approx(1)


def test_adaptive_looks_at_each_unit_beside_its_values() -> None:
    """A unit with larger values may have a larger gradient; one of zeros has that of the floor."""
    values = tf.constant([[2.0, 1.0, 0.0]] * 4)
    (found,) = Adaptive()([tf.fill((4, 3), 10.0)], [values], 0.5)
    np.testing.assert_allclose(found, [[1.0, 0.5, 0.5 * FLOOR]] * 4, rtol=1e-6)


def test_a_threshold_means_the_same_at_every_size() -> None:
    """The same gradient on four times the area is clipped by the same factor."""
    small = np.random.default_rng(0).normal(size=(1, 8, 8, 3)).astype(np.float32)
    large = np.tile(small, (1, 2, 2, 1))
    for clip in (Value(), Norm(), GlobalNorm(), Adaptive()):
        (one,), (other,) = (clip([tf.constant(g)], [tf.fill(g.shape, 0.5)], 0.3) for g in (small, large))
        np.testing.assert_allclose(np.tile(one, (1, 2, 2, 1)), other, rtol=1e-5)
