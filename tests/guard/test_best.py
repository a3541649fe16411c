"""The best finite picture so far."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from steadystyle.core.flow import Measurement
from steadystyle.guard.best import Best


def measurement(loss: float, value: float = 0.5) -> Measurement:
    """A flat picture of one pixel with that loss."""
    picture, zero = tf.fill((1, 1, 1, 3), value), tf.zeros(())
    return Measurement(picture, tf.constant(loss, tf.float32), {"style": tf.constant(loss)}, picture, zero)


@given(st.lists(st.floats(width=32)))
def test_the_lowest_loss_wins_and_nan_loses(losses: list[float]) -> None:
    """After any losses, NaN and infinities among them, the first of the lowest numbers is kept, with its picture."""
    best = Best()
    for index, loss in enumerate(losses):
        best.offer(measurement(loss, value=index))
    numbers = [loss for loss in losses if loss < np.inf]
    if numbers:
        assert best.loss == min(numbers)
        assert best.picture(otherwise=np.zeros(()))[0, 0, 0] == losses.index(min(numbers))
        assert best.terms == {"style": min(numbers)}
    else:
        assert best.measurement is None


def test_before_the_first_picture_there_is_another() -> None:
    """With nothing measured yet the caller's own picture is the best, its terms are unknown."""
    otherwise = np.ones((2, 2, 3), np.float32)
    assert Best().picture(otherwise) is otherwise
    assert Best().terms == {}
    assert Best().loss == np.inf


def test_offer_says_whether_it_was_kept() -> None:
    """Better is kept, equal and worse are not."""
    best = Best()
    assert [best.offer(measurement(loss)) for loss in (3.0, 3.0, 4.0, float("nan"), 2.0)] == [True, *[False] * 3, True]


def test_the_picture_has_no_batch_axis() -> None:
    """What comes out is (H, W, 3)."""
    best = Best()
    best.offer(measurement(1.0))
    assert best.picture(otherwise=np.zeros(())).shape == (1, 1, 3)
