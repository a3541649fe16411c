"""Is it finite; how many are not; where is the first."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.core.finite import all_finite, describe_nonfinite, first_nonfinite


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


def test_what_only_float64_holds_is_finite() -> None:
    """Sums in float64 may be larger than float32 can tell, and no warning comes of looking at them."""
    assert describe_nonfinite(tf.constant([1e72, 1.0], tf.float64)) == ""


def test_the_first_bad_tensor_of_a_nest_is_found_in_every_precision() -> None:
    """Whole numbers, words and nothing count as finite."""
    nest = [None, tf.constant([1]), tf.constant("a"), tf.constant([1.0, np.nan], tf.bfloat16), tf.constant(np.inf)]
    found = first_nonfinite(nest)
    assert found is not None
    assert found[0] == 3
    assert first_nonfinite(nest[:3]) is None
