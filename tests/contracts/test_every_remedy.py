"""What holds for each remedy that `discover` finds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.core import discover
from steadystyle.core.contracts import Optimizer, Remedy
from steadystyle.core.flow import Fault, Measurement, Verdict

NAMES = discover.names("steadystyle.guard.remedies")
OPTIMIZERS = discover.names("steadystyle.optimizers")
NAN = float("nan")


class FakeEngine:
    """Says that it can help, and counts how often it was asked."""

    asked = 0

    def _help(self) -> bool:
        self.asked += 1
        return True

    in_float32 = renew_targets = reload_weights = lower_loss_scale = raise_epsilon = _help

    def without(self, term: str, image: tf.Tensor) -> Measurement:
        """The other terms are good."""
        self.asked += 1
        return measured(image)


def make(name: str) -> Remedy:
    """The remedy of that name."""
    return discover.feature("steadystyle.guard.remedies", name, Remedy)()  # type: ignore[type-abstract]


def measured(image: tf.Tensor, loss: float = 1.0) -> Measurement:
    """A picture with a loss, and a gradient that is bad if the loss is."""
    gradient = tf.fill(image.shape, 0.01 * loss)
    return Measurement(image, tf.constant(loss), {"style": tf.constant(loss)}, gradient, tf.norm(gradient))


def fault(optimizer: str, *, last: bool = True, state: Any = None, engine: Any = None, where: str = "loss") -> Fault:
    """A loss that is NaN after a step from grey."""
    found = discover.feature("steadystyle.optimizers", optimizer, Optimizer)()  # type: ignore[type-abstract]
    good = measured(tf.fill((1, 3, 4, 3), 0.5))
    before = found.start(good.image) if state is None else state
    bad = found.propose(good, found.start(good.image), found.default_learning_rate)
    return Fault(
        Verdict(False, "unknown", where, "it is nan"), measured(bad.image, NAN), bad, good if last else None,
        before, found.default_learning_rate, 0.5, found.propose, found.start, engine,
    )  # fmt: skip


def test_each_has_its_own_place_in_the_order() -> None:
    """Which remedy comes first never depends on the names of files."""
    assert len({make(name).order for name in NAMES}) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("engine", [None, FakeEngine()], ids=["no engine", "engine"])
@pytest.mark.parametrize("last", [True, False], ids=["way back", "no way back"])
def test_what_it_proposes_is_a_finite_picture(name: str, optimizer: str, engine: Any, last: bool) -> None:
    """In [0, 1], with a share of the rate that is no larger and words for the report; asked again it is the same."""
    found, given = make(name), fault(optimizer, last=last, engine=engine)
    treatments = [found.treat(given) for _ in range(2)]
    if treatments[0] is None:
        assert treatments[1] is None
        return
    one, two = (treatment for treatment in treatments if treatment is not None)
    image = one.proposal.image.numpy()
    assert np.isfinite(image).all()
    assert image.min() >= 0
    assert image.max() <= 1
    assert 0 < one.rate_factor <= given.rate_factor
    assert one.done
    assert one.effect
    np.testing.assert_array_equal(image, two.proposal.image)
    assert found.tries >= 1


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_some_remedy_is_there_for_every_fault(optimizer: str) -> None:
    """With a way back or without one, something is left to try."""
    for last in (True, False):
        assert any(make(name).treat(fault(optimizer, last=last)) is not None for name in NAMES)


@pytest.mark.parametrize("name", [name for name in NAMES if name in {"renew-targets", "full-precision"}])
def test_the_engine_is_asked_once(name: str) -> None:
    """These change who measures: not more often than they are applied."""
    engine = FakeEngine()
    assert make(name).treat(fault("adam", engine=engine)) is not None
    assert engine.asked == 1
    assert make(name).treat(fault("adam")) is None


@pytest.mark.parametrize("name", ["measure-again", "renew-targets", "full-precision"])
def test_what_is_finite_is_not_measured_otherwise(name: str) -> None:
    """A loss that is only too high would be so again, in float32 too."""
    engine = FakeEngine()
    given = fault("adam", engine=engine)
    given = given._replace(rejected=measured(given.rejected.image, 1e9))
    assert make(name).treat(given) is None
    assert engine.asked == 0


def test_only_a_state_that_is_not_finite_is_forgotten() -> None:
    """The optimizer's memory of a good run is worth keeping."""
    remedy, good = make("fresh-state"), fault("adam")
    assert remedy.treat(good) is None
    poisoned = good.last_state._replace(first=good.last_state.first * NAN)
    treatment = remedy.treat(fault("adam", state=poisoned))
    assert treatment is not None
    assert all(np.isfinite(np.asarray(part)).all() for part in tf.nest.flatten(treatment.proposal.state))
