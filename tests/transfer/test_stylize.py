"""The engine from end to end, on small pictures, with a stand-in for the trained network."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.core import discover
from steadystyle.core.contracts import Optimizer
from steadystyle.core.errors import PictureError, SettingsError, WeightsError
from steadystyle.core.flow import Measurement
from steadystyle.core.outcome import Event, Outcome, Result, StepRecord
from steadystyle.core.settings import Settings
from steadystyle.images.resize import fit
from steadystyle.transfer import scales
from steadystyle.transfer.measure import Measure
from steadystyle.transfer.problem import Posed, Problem
from steadystyle.transfer.stylize import stylize
from tests import hostile
from tests.guard.tries import TRIES

pytestmark = pytest.mark.usefixtures("shared_graphs")

OPTIMIZERS = discover.names("steadystyle.optimizers")
RATES = {
    name: discover.feature("steadystyle.optimizers", name, Optimizer).default_learning_rate  # type: ignore[type-abstract]
    for name in OPTIMIZERS
}
SCHEDULES = discover.names("steadystyle.optimizers.schedules")
Stylize = Callable[..., Result]
Harm = Callable[..., None]


def content(height: int = 24, width: int = 32) -> np.ndarray:
    """A smooth picture with an edge."""
    down, across = np.indices((height, width)) / max(height, width)
    return np.stack([down, across, (down + across > 0.6) * 0.5], -1).astype(np.float32)


def style() -> np.ndarray:
    """Coarse random blocks."""
    return np.kron(np.random.default_rng(3).random((7, 5, 3)), np.ones((4, 4, 1))).astype(np.float32)


@pytest.fixture
def run(compact_weights: Path) -> Stylize:
    """The engine with few steps on a small size."""
    small: dict[str, Any] = {
        "size": 32,
        "steps": 5,
        "scale_steps": 3,
        "precision": "float32",
        "weights": compact_weights,
    }

    def run(picture: Any = None, styles: Any = None, **options: Any) -> Result:
        picture = content() if picture is None else picture
        return stylize(picture, style() if styles is None else styles, **small | options)

    return run


@pytest.fixture
def small_scales(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures of 32 pixels go through a scale of 16 first."""
    monkeypatch.setattr(scales, "COARSEST", 16)


@pytest.fixture
def harm(monkeypatch: pytest.MonkeyPatch) -> Harm:
    """Puts NaN into some of the engine's measurements, counted from 0, in a place of one's choice.

    A fake in the engine's own measure: everything but these numbers is computed.
    """

    def harm(*bad: int, where: str = "loss") -> None:
        count, good, measure = -1, None, Measure.__call__

        def harmed(self: Measure, image: tf.Tensor, targets: Any) -> Measurement:
            nonlocal count, good
            count += image is not good  # a second look at what was good counts as the first
            good = None if count in bad else image
            found, nan = measure(self, image, targets), float("nan")
            if count not in bad:
                return found
            if where == "gradient":
                return found._replace(gradient=found.gradient * nan, gradient_norm=tf.constant(nan))
            return found._replace(terms={**found.terms, "style": tf.constant(nan)}, loss=tf.constant(nan))

        monkeypatch.setattr(Measure, "__call__", harmed)

    return harm


def measured_again(result: Result, picture: np.ndarray, styles: list[np.ndarray]) -> Measurement:
    """The loss at the picture that came back, by the problem posed anew."""
    planned = scales.plan(result.settings, *picture.shape[:2])
    problem = Problem(result.settings, "float32", picture, styles)
    return problem.at(planned[-1])(problem.batch(result.image))


def is_a_picture(image: np.ndarray, height: int, width: int) -> bool:
    """Float32 (height, width, 3), finite, in [0, 1]."""
    shaped = image.shape == (height, width, 3) and image.dtype == np.float32
    return bool(shaped and np.isfinite(image).all() and image.min() >= 0 and image.max() <= 1)


# What comes out


@pytest.mark.usefixtures("small_scales")
@pytest.mark.parametrize(
    ("height", "width"), [(1, 1), (1, 5000), (5000, 1), (17, 33), (24, 40), (40, 24), (2, 3), (100, 100)]
)
def test_the_result_has_the_shape_of_the_content_and_the_size_of_the_settings(
    height: int, width: int, run: Stylize
) -> None:
    """From one pixel to very long, landscape and portrait, larger and smaller than the size."""
    assert is_a_picture(run(content(height, width), init="noise").image, *fit(height, width, 32))


@pytest.mark.usefixtures("small_scales")
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_loss_is_that_of_the_picture(optimizer: str, run: Stylize) -> None:
    """Measured again, the picture that came back has the loss and the terms that came with it."""
    result = run(optimizer=optimizer)
    again = measured_again(result, content(), [style()])
    assert result.loss == pytest.approx(float(again.loss), rel=1e-5)
    assert dict(result.terms) == pytest.approx({name: float(value) for name, value in again.terms.items()}, rel=1e-4)
    assert result.loss == min(record.loss for record in result.history if record.scale == 1)
    assert result.outcome is Outcome.FINISHED


@pytest.mark.usefixtures("small_scales")
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_optimizer_with_every_schedule_lowers_the_loss(optimizer: str, schedule: str, run: Stylize) -> None:
    """At the full size, in eight evaluations, by a tenth at least."""
    result = run(optimizer=optimizer, schedule=schedule, steps=8)
    assert result.loss < 0.9 * next(record.loss for record in result.history if record.scale == 1)
    assert is_a_picture(result.image, 24, 32)


@pytest.mark.parametrize("options", [{"init": "noise", "optimizer": "adam"}, {"init": "style", "optimizer": "lbfgs"}])
def test_the_same_seed_gives_the_same_picture(options: dict[str, str], run: Stylize) -> None:
    """To the bit, with the whole history."""
    one, two = run(**options, seed=5), run(**options, seed=5)
    np.testing.assert_array_equal(one.image, two.image)
    assert [record.loss for record in one.history] == [record.loss for record in two.history]


def test_another_seed_gives_another_picture(run: Stylize) -> None:
    """Where something is random."""
    assert (run(init="noise", seed=1).image != run(init="noise", seed=2).image).any()


@pytest.mark.parametrize("style_loss", discover.names("steadystyle.losses.styles"))
def test_every_style_loss_leads_downhill(style_loss: str, run: Stylize) -> None:
    """By a tenth at least in eight evaluations, whichever statistics of the style are matched."""
    result = run(style_loss=style_loss, steps=8)
    assert result.loss < 0.9 * result.history[0].loss
    assert is_a_picture(result.image, 24, 32)


@pytest.mark.usefixtures("small_scales")
@pytest.mark.parametrize("init", ["content", "noise", "style"])
def test_every_start_leads_downhill(init: str, run: Stylize) -> None:
    """The best loss at the smallest scale is below that of the start."""
    result = run(init=init)
    losses = [record.loss for record in result.history if record.scale == 0]
    assert min(losses) < losses[0]


def test_several_styles_are_blended(run: Stylize) -> None:
    """Two styles give another picture than either; as a list or a tuple."""
    other = hostile.checkerboard()
    both = run(styles=[style(), other])
    np.testing.assert_array_equal(both.image, run(styles=(style(), other)).image)
    assert all((both.image != run(styles=one).image).any() for one in (style(), other))
    assert len(both.facts["inputs"]["styles"]) == 2


@pytest.mark.parametrize("picture", hostile.PICTURES)
def test_no_picture_breaks_a_run(picture: str, run: Stylize) -> None:
    """Each hostile picture as content and as style: a finite picture of the right size, with a finite loss."""
    harmful = hostile.PICTURES[picture]()
    as_content, as_style = run(picture=harmful, steps=3), run(styles=harmful, init="style", steps=3)
    assert is_a_picture(as_content.image, *fit(harmful.shape[0], harmful.shape[1], 32))
    assert is_a_picture(as_style.image, 24, 32)
    assert np.isfinite([as_content.loss, as_style.loss]).all()


def test_pictures_that_were_given_are_not_written_into(run: Stylize) -> None:
    """Read-only arrays are good enough, and nothing of them is in the result."""
    given, wanted = content(), style()
    given.flags.writeable = wanted.flags.writeable = False
    assert not np.shares_memory(run(given, wanted).image, given)


# How it ends


@pytest.mark.usefixtures("small_scales")
@pytest.mark.parametrize("after", [0, 1, 3, 4, 7])
def test_a_stopped_run_gives_the_best_picture_so_far_at_the_full_size(after: int, run: Stylize) -> None:
    """At whatever step and scale: finite, whole, with the loss measured at that very picture."""
    asked = itertools.count()
    result = run(stop=lambda: next(asked) >= after)
    assert result.outcome is Outcome.STOPPED
    assert len(result.history) == after
    assert is_a_picture(result.image, 24, 32)
    assert result.loss == pytest.approx(float(measured_again(result, content(), [style()]).loss), rel=1e-5)
    assert set(result.terms) == {"content", "style", "total-variation"}


@pytest.mark.usefixtures("small_scales")
def test_a_time_limit_ends_a_run_in_the_same_way(run: Stylize) -> None:
    """No time at all still gives a picture and its loss."""
    result = run(time_limit=1e-9)
    assert result.outcome is Outcome.OUT_OF_TIME
    assert is_a_picture(result.image, 24, 32)
    assert result.loss == pytest.approx(float(measured_again(result, content(), [style()]).loss), rel=1e-5)


@pytest.mark.usefixtures("small_scales")
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(("where", "bad"), [("loss", (1,)), ("gradient", (4,)), ("loss", (2, 5))])
def test_a_nan_on_the_way_is_repaired(
    optimizer: str, where: str, bad: tuple[int, ...], run: Stylize, harm: Harm
) -> None:
    """The run goes on, its outcome says so, each NaN is an event at its step, the picture is finite and better."""
    harm(*bad, where=where)
    result = run(optimizer=optimizer)
    assert result.outcome is Outcome.REPAIRED
    assert [event.step for event in result.events] == list(bad)
    assert {event.where for event in result.events} == {"gradient" if where == "gradient" else "style"}
    assert [record.step for record in result.history if not record.accepted] == list(bad)
    assert is_a_picture(result.image, 24, 32)
    assert result.loss == pytest.approx(float(measured_again(result, content(), [style()]).loss), rel=1e-5)
    assert result.loss <= max(record.loss for record in result.history if record.scale == 1 and record.accepted)


@pytest.mark.usefixtures("small_scales")
@pytest.mark.parametrize("first", [1, 5])
def test_nan_without_end_gives_the_best_finite_picture_with_its_loss(first: int, run: Stylize, harm: Harm) -> None:
    """Given up at the smaller scale or at the full one: a finite picture of the full size, and what it measured."""
    harm(*range(first, first + TRIES + 1))
    result = run(steps=50, scale_steps=4 if first > 4 else 50)
    assert result.outcome is Outcome.GAVE_UP
    assert is_a_picture(result.image, 24, 32)
    assert result.events[-1].effect == "the run ends"
    assert result.loss == pytest.approx(float(measured_again(result, content(), [style()]).loss), rel=1e-5)


@pytest.mark.usefixtures("small_scales")
def test_nan_in_the_first_measurements_gives_up_with_the_start(run: Stylize, harm: Harm) -> None:
    """No traceback: the picture that the run started from, at the full size, and the loss that was measured at it."""
    harm(0, 1)
    result = run()
    assert result.outcome is Outcome.GAVE_UP
    assert is_a_picture(result.image, 24, 32)
    np.testing.assert_allclose(result.image, content(), atol=1e-5)
    assert result.loss == pytest.approx(float(measured_again(result, content(), [style()]).loss), rel=1e-5)


@pytest.mark.usefixtures("small_scales")
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_fault_that_passes_changes_no_step(optimizer: str, run: Stylize, harm: Harm) -> None:
    """One evaluation is lost, the others are those of a run without a fault."""
    clean = run(optimizer=optimizer, steps=5, scale_steps=3)
    harm(2, where="gradient")
    harmed = run(optimizer=optimizer, steps=5, scale_steps=4)
    assert [record.loss for record in harmed.history if record.accepted] == [record.loss for record in clean.history]
    np.testing.assert_array_equal(harmed.image, clean.image)


def _poisoned(tensors: Any) -> Any:
    return tf.nest.map_structure(lambda tensor: tensor * float("nan"), tensors)


@pytest.mark.usefixtures("small_scales")
@pytest.mark.parametrize("precision", ["bfloat16", "float32"])
def test_targets_that_were_damaged_are_made_anew(precision: str, run: Stylize, monkeypatch: pytest.MonkeyPatch) -> None:
    """A NaN in a target, from the middle of a scale on, is found, said and mended before half precision is blamed."""
    call, count = Posed.__call__, itertools.count()

    def damaging(self: Posed, image: tf.Tensor) -> Measurement:
        if next(count) == 6:  # at the second step of the second scale; the first is measured twice
            self._targets = {**self._targets, "content": _poisoned(self._targets["content"])}
        return call(self, image)

    monkeypatch.setattr(Posed, "__call__", damaging)
    result = run(steps=8, precision=precision)
    assert result.outcome is Outcome.REPAIRED
    assert [event.remedy for event in result.events][-1] == "made the targets anew"
    assert result.facts["precision"] == precision
    assert result.loss < next(record.loss for record in result.history if record.scale == 1)


@pytest.mark.usefixtures("small_scales")
def test_what_overflows_in_half_precision_is_measured_in_float32(run: Stylize, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fake makes every loss NaN while the convolutions are in half precision; the run ends in float32, repaired."""
    measure = Measure.__call__

    def overflowing(self: Measure, image: tf.Tensor, targets: Any) -> Measurement:
        found = measure(self, image, targets)
        half = self.features(image)["relu3_1"].dtype == tf.bfloat16
        return found._replace(loss=tf.constant(float("nan"))) if half else found

    monkeypatch.setattr(Measure, "__call__", overflowing)
    result = run(precision="bfloat16", steps=6)
    assert result.outcome is Outcome.REPAIRED
    assert [event.remedy for event in result.events] == ["measured the same picture again", "convolutions in float32"]
    assert result.facts["precision"] == "float32"
    assert result.loss < next(record.loss for record in result.history if record.scale == 1)


EXTREMES: dict[str, dict[str, Any]] = {
    "rate of a thousand": {"learning_rate": 1000.0},
    "rate of a thousand with Adam": {"learning_rate": 1000.0, "optimizer": "adam"},
    "rate beyond float32": {"learning_rate": 1e300, "optimizer": "adam"},
    "rate beyond float32 with L-BFGS": {"learning_rate": 1e300},
    "rate of next to nothing": {"learning_rate": 1e-300, "optimizer": "adam"},
    "style of a million millions": {"style_weight": 1e12},
    "style of 1e30": {"style_weight": 1e30, "optimizer": "adam"},
    "style of next to nothing": {"style_weight": 1e-30, "content_weight": 0, "tv_weight": 0},
    "smoothness above all": {"tv_weight": 1e12, "init": "noise"},
    "content alone": {"style_weight": 0, "tv_weight": 0},
    "style alone, from noise": {"content_weight": 0, "tv_weight": 0, "init": "noise"},
    "tiny strokes": {"style_scale": 0.05},
    "huge strokes": {"style_scale": 20},
    "one step": {"steps": 1},
    "short numbers and averages": {"precision": "bfloat16", "pooling": "average"},
}


@pytest.mark.parametrize("extreme", EXTREMES)
def test_extreme_settings_end_with_a_picture(extreme: str, run: Stylize) -> None:
    """Whatever the numbers do: a finite picture, a finite loss, an outcome that says how it went."""
    result = run(**EXTREMES[extreme])
    assert is_a_picture(result.image, 24, 32)
    assert np.isfinite(result.loss)
    assert result.loss <= result.history[0].loss
    if any(not record.accepted for record in result.history):
        assert result.outcome in {Outcome.REPAIRED, Outcome.GAVE_UP}


@pytest.mark.usefixtures("small_scales")
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_rate_a_thousand_times_too_high_is_lowered(optimizer: str, run: Stylize) -> None:
    """The picture is nearly as good as with the usual rate; where the guard helped, it names the cause."""
    usual = run(optimizer=optimizer, steps=40, scale_steps=40)
    fast = run(optimizer=optimizer, steps=40, scale_steps=40, learning_rate=1000 * RATES[optimizer])
    assert fast.loss < 1.25 * usual.loss
    assert {event.cause for event in fast.events} == {"high-learning-rate"}
    assert fast.outcome is Outcome.REPAIRED


def test_content_alone_is_the_content(run: Stylize) -> None:
    """There is nothing to change, and the run says that it has converged."""
    result = run(style_weight=0, tv_weight=0, steps=40)
    np.testing.assert_array_equal(result.image, content())
    assert result.outcome is Outcome.CONVERGED
    assert set(result.terms) == {"content"}


# Inputs in another form


WRONG_FORMS: dict[str, tuple[Callable[[np.ndarray], Any], bool]] = {
    "0 to 255": (lambda picture: picture * 255, True),
    "whole numbers of 64 bits": (lambda picture: (picture * 255).round().astype(np.int64), True),
    "-1 to 1": (lambda picture: picture * 2 - 1, True),
    "Keras": (lambda picture: picture[..., ::-1] * 255 - np.array([103.939, 116.779, 123.68], np.float32), True),
    "torchvision": (
        lambda picture: np.moveaxis((picture - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225], -1, 0)[np.newaxis],
        True,
    ),
    "scaled twice": (lambda picture: picture / 255, True),
    "uint8": (lambda picture: (picture * 255).round().astype(np.uint8), False),
    "channels first": (lambda picture: np.moveaxis(picture, -1, 0), False),
    "a batch of one": (lambda picture: picture[np.newaxis], False),
    "a tensor": (lambda picture: tf.constant(picture[np.newaxis]), False),
    "alpha": (lambda picture: np.concatenate([picture, np.ones_like(picture[..., :1])], -1), False),
}
"""What comes in, and whether that is repaired or only turned."""


def eight_bit(picture: np.ndarray) -> np.ndarray:
    """A picture of 256 levels."""
    return (picture * 255).round().astype(np.float32) / 255


@pytest.mark.parametrize("name", WRONG_FORMS)
def test_a_picture_in_another_form_gives_the_same_result_and_is_told(name: str, run: Stylize) -> None:
    """As content and as style; only what was repaired makes the outcome REPAIRED, and the report hears all of it."""
    wrong, repaired = WRONG_FORMS[name]
    told: list[Any] = []
    right = run(eight_bit(content()), eight_bit(style()))
    result = run(wrong(eight_bit(content())), [wrong(eight_bit(style()))], report=lambda what, _: told.append(what))
    np.testing.assert_allclose(result.image, right.image, atol=1e-3)
    assert result.outcome is (Outcome.REPAIRED if repaired else Outcome.FINISHED)
    assert {event.where for event in result.events} == {"content", "style"}
    assert {event.step for event in result.events} == {-1}
    assert {event.cause for event in result.events} <= {"bad-input-range", "input-form"}
    assert tuple(told[: len(result.events)]) == result.events
    assert right.events == ()


def test_a_few_nan_pixels_are_filled_and_told(run: Stylize) -> None:
    """Of the second style: which picture it was is said, the run is repaired and close to that of the whole picture."""
    broken = style()
    broken[3, 4] = np.nan
    result = run(styles=[style(), broken])
    assert result.outcome is Outcome.REPAIRED
    assert [(event.where, event.cause) for event in result.events] == [("style 2", "nonfinite-input")]
    assert "1 of 560 pixels" in result.events[0].evidence
    assert np.abs(result.image - run(styles=[style(), style()]).image).mean() < 0.05


def test_an_input_that_was_put_right_does_not_hide_how_a_run_was_cut_short(run: Stylize) -> None:
    """STOPPED stays STOPPED; the event is there all the same."""
    result = run(content() * 255, stop=lambda: True)
    assert result.outcome is Outcome.STOPPED
    assert [event.cause for event in result.events] == ["bad-input-range"]


# What it is told and tells


@pytest.mark.usefixtures("small_scales")
def test_the_report_hears_of_everything_as_it_happens(run: Stylize, harm: Harm) -> None:
    """Each record and event of the result, in order, with a finite picture of that scale at any time."""
    harm(2)
    told: list[StepRecord | Event] = []
    pictures: list[np.ndarray] = []

    def report(what: StepRecord | Event, best_picture: Callable[[], np.ndarray]) -> None:
        told.append(what)
        pictures.append(best_picture())

    result = run(report=report, size=64, scales=2)
    assert [what for what in told if isinstance(what, StepRecord)] == list(result.history)
    assert [what for what in told if isinstance(what, Event)] == list(result.events)
    assert [record.step for record in result.history] == list(range(8))
    assert [record.scale for record in result.history] == [0] * 3 + [1] * 5
    assert {(record.height, record.width) for record in result.history} == {(24, 32), (48, 64)}
    assert all(np.isfinite(picture).all() for picture in pictures)
    assert [picture.shape for picture in pictures] == [(24, 32, 3)] * 4 + [(48, 64, 3)] * 5


def test_pictures_on_the_way_are_of_the_shape_of_the_content(run: Stylize) -> None:
    """What is too small for the network is continued for it alone: nobody else sees more than there is."""
    pictures: list[np.ndarray] = []
    run(content(3, 32), report=lambda _, best_picture: pictures.append(best_picture()))
    assert {picture.shape for picture in pictures} == {(3, 32, 3)}


def test_settings_are_overridden_by_name(compact_weights: Path) -> None:
    """Single settings stand over those of `settings`; the result has them all, with the preset's numbers."""
    given = Settings(size=20, steps=2, weights=compact_weights, precision="float32", preset="draft")
    result = stylize(content(), style(), settings=given, size=32)
    assert result.settings == given.replaced({"size": 32}).resolved()
    assert (result.settings.size, result.settings.steps, result.settings.scale_steps) == (32, 2, 25)
    assert result.image.shape == (24, 32, 3)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"stile_weight": 3}, SettingsError),
        ({"size": 0}, SettingsError),
        ({"style_weight": float("nan")}, SettingsError),
        ({"learning_rate": -1.0}, SettingsError),
        ({"weights": "missing.npz"}, WeightsError),
        ({"picture": "missing.png"}, PictureError),
        ({"picture": np.full((4, 4, 3), np.nan, np.float32)}, PictureError),
        ({"styles": []}, PictureError),
        ({"styles": [3]}, PictureError),
    ],
)
def test_what_has_no_meaning_is_told_before_the_run(
    options: dict[str, Any], error: type[Exception], run: Stylize
) -> None:
    """One line, and nothing was measured."""
    told: list[Any] = []
    with pytest.raises(error) as caught:
        run(report=lambda *what: told.append(what), **options)
    assert "\n" not in str(caught.value)
    assert told == []


def test_facts_are_those_of_this_run(run: Stylize) -> None:
    """Precision, versions, hashes and seconds; they go through JSON."""
    facts = json.loads(json.dumps(dict(run().facts)))
    assert facts["precision"] == "float32"
    assert {"steadystyle", "tensorflow", "numpy", "python"} <= set(facts["versions"])
    assert facts["seconds"] > 0
