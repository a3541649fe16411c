"""The range test: what it chooses, and that it is bounded, repeatable and never lost for a number."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.core import discover, safe_math
from steadystyle.core.errors import PictureError
from steadystyle.core.flow import Measurement
from steadystyle.core.tuned import Tuned
from steadystyle.transfer import tune as tune_module
from steadystyle.transfer.clipping import clip_of
from steadystyle.transfer.measure import Measure
from steadystyle.transfer.problem import Posed
from steadystyle.transfer.stylize import stylize
from steadystyle.transfer.tune import FACTORS, STEPS, tune
from tests import hostile

pytestmark = pytest.mark.usefixtures("shared_graphs")

OPTIMIZERS = discover.names("steadystyle.optimizers")
CLIPS = discover.names("steadystyle.optimizers.clips")
LANDSCAPE = Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]


@pytest.fixture
def small(compact_weights: Path) -> dict[str, Any]:
    """Settings for a small picture and the stand-in network."""
    return {"size": 32, "precision": "float32", "weights": compact_weights}


@pytest.fixture
def landscape(monkeypatch: pytest.MonkeyPatch) -> Callable[[LANDSCAPE], None]:
    """Puts a loss and its gradient in the place of the measured ones."""

    def use(fake: LANDSCAPE) -> None:
        def measure(self: Measure, image: tf.Tensor, targets: Any) -> Measurement:
            loss, gradient = fake(image)
            return Measurement(image, loss, {}, gradient, safe_math.norm(gradient))

        monkeypatch.setattr(Measure, "__call__", measure)

    return use


def bowl(image: tf.Tensor, middle: float = 0.5) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean square distance from a grey."""
    difference = image - middle
    return tf.reduce_mean(difference**2), 2 * difference / tf.size(image, tf.float32)


def content() -> np.ndarray:
    """Grey, a little darker on one side."""
    return np.repeat(np.linspace(0.3, 0.45, 32, dtype=np.float32)[np.newaxis, :, np.newaxis], 24, axis=0).repeat(3, -1)


def style() -> np.ndarray:
    """Coarse random blocks."""
    return np.kron(np.random.default_rng(3).random((7, 5, 3)), np.ones((4, 4, 1))).astype(np.float32)


def is_usable(tuned: Tuned) -> bool:
    """Both knobs are numbers that settings take."""
    rate, clip = tuned.learning_rate, tuned.clip
    return 0 < rate < math.inf and (clip is None or 0 < clip < math.inf)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_rate_is_tried_from_the_same_picture(optimizer: str, small: dict[str, Any]) -> None:
    """In rising order, with a bounded count of evaluations; the rate chosen ended as low as any, to a share."""
    tuned = tune(content(), style(), optimizer=optimizer, **small)
    rates = [trial.learning_rate for trial in tuned.trials]
    assert rates == sorted(rates)
    assert len(rates) == len(FACTORS)
    assert tuned.evaluations <= 1 + len(FACTORS) * STEPS
    chosen = tuned.trials[rates.index(tuned.learning_rate)]
    assert chosen.loss <= (1 + tune_module.AS_GOOD) * min(trial.loss for trial in tuned.trials) < tuned.start_loss
    assert is_usable(tuned)


def test_the_same_arguments_give_the_same_result(small: dict[str, Any]) -> None:
    """To the bit, also from noise."""
    assert tune(content(), style(), init="noise", seed=3, **small) == tune(
        content(), style(), init="noise", seed=3, **small
    )


def test_a_rate_that_goes_bad_loses(landscape: Callable[[LANDSCAPE], None], small: dict[str, Any]) -> None:
    """A landscape that is NaN a little away from the start leaves the short steps only, and says inf of the others."""

    def cliff(image: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        loss, gradient = bowl(image)
        return tf.where(tf.reduce_max(tf.abs(image - content())) < 0.09, loss, float("nan")), gradient

    landscape(cliff)
    tuned = tune(content(), style(), optimizer="adam", **small)
    lost = [trial.learning_rate for trial in tuned.trials if trial.loss == math.inf]
    assert lost
    assert tuned.learning_rate < min(lost)
    assert is_usable(tuned)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.0, 1e38])
def test_whatever_is_measured_the_knobs_are_numbers(
    value: float, optimizer: str, landscape: Callable[[LANDSCAPE], None], small: dict[str, Any]
) -> None:
    """Where nothing can be learned the learning rate is the optimizer's own."""
    landscape(lambda image: (tf.constant(value), tf.fill(image.shape, value)))
    tuned = tune(content(), style(), optimizer=optimizer, **small)
    assert is_usable(tuned)
    assert tuned.learning_rate == tuned.trials[len(FACTORS) // 2].learning_rate


@pytest.mark.parametrize("name", ["black", "one_pixel", "checkerboard", "single_bright_pixel"])
def test_hostile_pictures_are_measured(name: str, small: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Flat, tiny and extreme ones too."""
    monkeypatch.setattr(tune_module, "STEPS", 3)
    picture = hostile.PICTURES[name]()
    assert is_usable(tune(picture, picture, **small))


@pytest.mark.parametrize("clip_by", CLIPS)
def test_the_threshold_is_within_what_was_met(
    clip_by: str, landscape: Callable[[LANDSCAPE], None], small: dict[str, Any]
) -> None:
    """One in ten gradients of the chosen trial may exceed it, so it is between the smallest and the largest."""
    landscape(bowl)
    tuned = tune(content(), style(), clip_by=clip_by, optimizer="adam", **small)
    first = bowl(tf.constant(content()[np.newaxis]))[1] * 24 * 32
    largest = clip_of(clip_by).harmless_threshold([first], [tf.constant(content()[np.newaxis])])
    assert tuned.clip is not None
    assert 0 < tuned.clip <= largest * 1.01


def test_a_rate_that_is_given_is_the_only_one(small: dict[str, Any]) -> None:
    """The threshold is then measured with it."""
    tuned = tune(content(), style(), optimizer="adam", learning_rate=0.01, **small)
    assert [trial.learning_rate for trial in tuned.trials] == [0.01]
    assert tuned.learning_rate == 0.01


@pytest.mark.parametrize("after", [0, 1, 20])
def test_a_test_that_is_stopped_tells_what_it_has(after: int, small: dict[str, Any]) -> None:
    """No evaluation is made after the stop, and both knobs are usable."""
    asked = iter(range(10**9))
    tuned = tune(content(), style(), stop=lambda: next(asked) >= after, **small)
    assert tuned.evaluations == 1 + after
    assert is_usable(tuned)


def test_no_style_is_no_picture() -> None:
    """An empty list is refused in a line."""
    with pytest.raises(PictureError, match="empty list"):
        tune(content(), [])


# In a run


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_run_uses_what_was_measured(optimizer: str, small: dict[str, Any]) -> None:
    """Its learning rate is that of the range test, which the facts tell; the result is the same as with the numbers."""
    measured = tune(content(), style(), optimizer=optimizer, **small)
    auto = stylize(content(), style(), optimizer=optimizer, steps=4, learning_rate="auto", clip="auto", **small)
    numbers: dict[str, Any] = {"learning_rate": measured.learning_rate, "clip": measured.clip}
    given = stylize(content(), style(), optimizer=optimizer, steps=4, **numbers, **small)
    assert auto.facts["tuned"]["learning_rate"] == measured.learning_rate == auto.history[0].learning_rate
    assert auto.facts["tuned"]["clip"] == measured.clip
    assert len(auto.history) == 4
    assert "tuned" not in given.facts
    np.testing.assert_array_equal(auto.image, given.image)


def test_clip_alone_leaves_the_rate(small: dict[str, Any]) -> None:
    """Only the threshold is measured, with the rate that will be used."""
    result = stylize(content(), style(), optimizer="adam", steps=2, clip="auto", learning_rate=0.02, **small)
    assert [trial["learning_rate"] for trial in result.facts["tuned"]["trials"]] == [0.02]
    assert result.history[0].learning_rate == 0.02


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("clip_by", CLIPS)
def test_records_tell_of_the_true_gradient(optimizer: str, clip_by: str, small: dict[str, Any]) -> None:
    """A tiny threshold changes steps, not what is measured, and the run stays finite."""
    tight = stylize(content(), style(), optimizer=optimizer, steps=4, clip=1e-3, clip_by=clip_by, **small)
    free = stylize(content(), style(), optimizer=optimizer, steps=4, **small)
    assert tight.history[0].gradient_norm == free.history[0].gradient_norm
    assert np.isfinite(tight.image).all()
    assert tight.loss <= tight.history[0].loss


def test_a_stopped_run_measures_no_further(small: dict[str, Any]) -> None:
    """A run that is stopped from the start has one measurement for its range test, and gives its first picture."""
    count = [0]
    original = Posed.__call__

    def counted(self: Posed, image: tf.Tensor) -> Measurement:
        count[0] += 1
        return original(self, image)

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(Posed, "__call__", counted)
        result = stylize(content(), style(), learning_rate="auto", stop=lambda: True, **small)
    assert count[0] == 2
    assert result.outcome.name == "STOPPED"
