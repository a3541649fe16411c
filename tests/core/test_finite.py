"""Is it finite; how many are not; where is the first."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.core.finite import all_finite, describe_nonfinite


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_bad_entry_is_seen(bad: float, compiled: bool) -> None:
    """A single entry among many is enough, in eager code and under XLA."""
    array = np.zeros((4, 5, 6), np.float32)
    check = tf.function(all_finite, jit_compile=True) if compiled else all_finite
    assert check(tf.constant(array))
    array[3, 2, 1] = bad
    assert not check(tf.constant(array))


def test_description_counts_and_locates() -> None:
    """The description says how many entries are bad and where the first is."""
    array = np.zeros((2, 3), np.float32)
    assert describe_nonfinite(array) == ""
    array[1, 0], array[1, 2] = np.nan, np.inf
    assert "2 of 6" in describe_nonfinite(array)
    assert "(1, 0)" in describe_nonfinite(array)


def test_description_of_half_precision() -> None:
    """Features in bfloat16 are looked at as well."""
    assert "1 of 2" in describe_nonfinite(tf.constant([1.0, np.inf], tf.bfloat16))
