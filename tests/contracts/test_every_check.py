"""What holds for each check that `discover` finds."""

from __future__ import annotations

import pytest
import tensorflow as tf

from steadystyle.core import discover
from steadystyle.core.contracts import Check
from steadystyle.core.flow import Measurement, Past
from steadystyle.guard.checks.bouncing import PATIENCE

NAMES = discover.names("steadystyle.guard.checks")
NAN, INF = float("nan"), float("inf")

BAD = {
    "loss": {"loss": NAN},
    "loss, infinite": {"loss": INF},
    "loss, infinite downwards": {"loss": -INF},
    "term": {"term": NAN, "loss": NAN},
    "gradient": {"gradient": NAN, "gradient_norm": NAN},
    "gradient, infinite": {"gradient": INF, "gradient_norm": INF},
    "gradient norm": {"gradient_norm": INF},
    "image": {"image": NAN, "term": NAN, "loss": NAN, "gradient": NAN, "gradient_norm": NAN},
    "explosion": {"loss": 1e9},
}
"""What is wrong with a measurement that is otherwise good."""


def make(name: str) -> Check:
    """The check of that name."""
    return discover.feature("steadystyle.guard.checks", name, Check)()  # type: ignore[type-abstract]


def measurement(
    loss: float = 1.0, term: float = 0.5, gradient: float = 0.1, gradient_norm: float = 0.7, image: float = 0.5
) -> Measurement:
    """A measurement of a 3x4 picture whose entries are all good, but for one in each tensor that is given."""
    entry = tf.one_hot(7, 36, dtype=tf.float32) > 0
    one_bad = [tf.reshape(tf.where(entry, bad, good), (1, 3, 4, 3)) for bad, good in ((image, 0.5), (gradient, 0.1))]
    return Measurement(
        one_bad[0], tf.constant(loss), {"style": tf.constant(term)}, one_bad[1], tf.constant(gradient_norm)
    )


def after(last: Measurement | None) -> Past:
    """A past of one accepted measurement, or of none."""
    return Past() if last is None else Past(last, float(last.loss), 0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("loss", [0.0, 1e-30, 1.0, 1e30])
def test_a_good_measurement_is_accepted(name: str, loss: float) -> None:
    """The first one, one like it, and one that is better."""
    check = make(name)
    for last in (None, measurement(loss=loss), measurement(loss=2 * loss)):
        verdict = check.verdict(measurement(loss=loss, term=loss / 2), after(last))
        assert verdict.accepted or verdict.doubt  # a fall by half without a step is surprising


@pytest.mark.parametrize("bad", BAD)
def test_each_evil_is_found_by_a_check(bad: str) -> None:
    """Whatever is not finite, and a loss out of all proportion, is rejected after a good measurement."""
    verdicts = [make(name).verdict(measurement(**BAD[bad]), after(measurement())) for name in NAMES]
    assert not all(verdict.accepted for verdict in verdicts)


@pytest.mark.parametrize("bad", [bad for bad in BAD if bad != "explosion"])
def test_the_first_measurement_is_judged_too(bad: str) -> None:
    """Before anything was accepted, what is not finite is rejected all the same."""
    assert not all(make(name).verdict(measurement(**BAD[bad]), Past()).accepted for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("first", [True, False])
def test_a_rejection_says_what_and_where(name: str, bad: str, first: bool) -> None:
    """Cause, place and evidence are there, each on one line."""
    verdict = make(name).verdict(measurement(**BAD[bad]), after(None if first else measurement()))
    if not verdict.accepted:
        for part in (verdict.cause, verdict.where, verdict.evidence):
            assert part
            assert "\n" not in part


@pytest.mark.parametrize(
    ("bad", "where", "evidence"),
    [
        ("image", "image", "1 of 36 entries are not finite, the first at (0, 0, 2, 1): nan"),
        ("term", "style", "it is nan"),
        ("loss", "loss", "it is nan"),
        ("gradient", "gradient", "1 of 36 entries are not finite, the first at (0, 0, 2, 1): nan"),
        ("gradient norm", "gradient", "its norm exceeds what float32 can hold"),
    ],
)
def test_the_first_bad_place_on_the_way_is_named(bad: str, where: str, evidence: str) -> None:
    """A NaN goes from picture to term to loss to gradient: the place named is the one where it came in."""
    verdict = make("finite").verdict(measurement(**BAD[bad]), Past())
    assert (verdict.accepted, verdict.where, verdict.evidence) == (False, where, evidence)


def test_a_loss_that_rises_is_not_an_explosion() -> None:
    """Within a factor of a thousand a rise is the optimizer's affair; after a loss of 0 there is some room too."""
    check = make("explosion")
    assert check.verdict(measurement(loss=999.0), after(measurement(loss=1.0))).accepted
    assert not check.verdict(measurement(loss=1001.0), after(measurement(loss=1.0))).accepted
    assert check.verdict(measurement(loss=1e-7), after(measurement(loss=0.0))).accepted


def test_a_loss_that_stays_above_the_best_is_bouncing() -> None:
    """Not for the few measurements of a line search, nor on a plateau, nor while it is below where it began."""
    check, last = make("bouncing"), measurement(loss=2.0)
    assert check.verdict(last, Past(last, 1.0, PATIENCE - 2, 1.0)).accepted
    assert check.verdict(measurement(loss=1.4), Past(last, 1.0, 100, 1.0)).accepted
    assert check.verdict(measurement(loss=2.0), Past(last, 1.0, 100, 3.0)).accepted
    verdict = check.verdict(last, Past(last, 1.0, PATIENCE - 1, 1.0))
    assert (verdict.cause, verdict.where) == ("high-learning-rate", "loss")


def test_a_flat_picture_is_accepted_where_the_loss_is_no_higher() -> None:
    """A line search that comes back to the flat picture it began with is not rejected; one that lost the content is."""
    last, check = measurement(loss=1.0, image=0.9), make("flat")
    for loss, accepted in ((0.9, True), (1.0, True), (1.1, False)):
        assert check.verdict(measurement(loss=loss), after(last)).accepted == accepted
