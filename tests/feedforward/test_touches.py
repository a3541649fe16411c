"""Finishing touches: steps down from where the network ended."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from steadystyle import ArbitraryStyle
from steadystyle.apps.cli.demo_pictures import landscape, starry
from steadystyle.backbones.compact import Compact
from steadystyle.core.settings import Settings
from steadystyle.feedforward.layout import LAYERS
from steadystyle.feedforward.touches import Touches
from steadystyle.feedforward.transport import statistics
from steadystyle.images.resize import resize
from steadystyle.transfer.problem import Problem
from steadystyle.transfer.scales import plan

CONTENT, STYLE = resize(landscape(), 64, 96), resize(starry(), 64, 64)


@pytest.fixture(scope="module")
def touches() -> Touches:
    """On the compact backbone, in float32."""
    return Touches(Compact(pooling="max", precision="float32"))


@pytest.fixture(scope="module")
def targets(touches: Touches) -> dict[str, dict[str, tf.Tensor]]:
    """What the picture is to have of both pictures."""
    content, style = (
        touches._encoder.features(tf.constant(picture[np.newaxis]), [*LAYERS, "relu4_2"])
        for picture in (CONTENT, STYLE)
    )
    return touches.targets(content, {layer: statistics(style[layer]) for layer in LAYERS})


def test_the_loss_is_that_of_the_optimisation(touches: Touches, targets: Any) -> None:
    """With its defaults, to float32's rounding."""
    settings = Settings(size=96, scales=1, style_scale=64 / 96, precision="float32").resolved()
    problem = Problem(settings, "float32", CONTENT, [STYLE])
    image = tf.constant(np.random.default_rng(0).random((1, 64, 96, 3), np.float32))
    expected = problem.at(plan(settings, 64, 96)[-1])(image)
    loss, _, gradient, _ = touches._gradient(image, targets)
    assert float(loss) == pytest.approx(float(expected.loss), rel=1e-3)
    np.testing.assert_allclose(gradient, expected.gradient, atol=1e-3 * np.abs(expected.gradient).max())


def test_each_touch_lowers_the_loss(touches: Touches, targets: Any) -> None:
    """More steps never give a worse picture; none gives the picture itself."""
    image = tf.constant(CONTENT[np.newaxis])
    losses = [float(touches._loss(touches(image, targets, count), targets)) for count in (0, 1, 3, 6)]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.7 * losses[0]
    np.testing.assert_array_equal(touches(image, targets, 0), image)


@pytest.mark.parametrize("bad", ["first", "later", "loss"])
def test_what_is_not_finite_is_not_followed(
    touches: Touches, targets: Any, bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gradient or a loss that is not ends the steps; what comes back is the best picture before it."""
    true, calls = touches._gradient, [0]

    def gradient(*arguments: Any) -> Any:
        loss, terms, found, norm = true(*arguments)
        calls[0] += 1
        harm = np.nan if calls[0] == {"first": 1, "later": 3}.get(bad) else 1.0
        return loss, terms, found * harm, norm * harm

    monkeypatch.setattr(touches, "_gradient", gradient)
    if bad == "loss":
        monkeypatch.setattr(touches, "_loss", lambda *_: tf.constant(np.nan))
    image = tf.constant(CONTENT[np.newaxis])
    made = touches(image, targets, 5)
    assert np.isfinite(made).all()
    assert bool(np.abs(made - image).max() == 0) is (bad == "first")


def test_touches_bring_a_picture_nearer_to_its_style() -> None:
    """By the loss that it is not told: that of the picture as it is returned."""
    touches = Touches(Compact(pooling="max", precision="float32"))
    features = touches._encoder.features(tf.constant(STYLE[np.newaxis]), LAYERS)
    style = {layer: statistics(features[layer]) for layer in LAYERS}
    content = touches._encoder.features(tf.constant(CONTENT[np.newaxis]), ["relu4_2"])
    aims = touches.targets(content, style)
    losses = [
        float(touches._loss(tf.constant(ArbitraryStyle(STYLE, touches=count)(CONTENT)[np.newaxis]), aims))
        for count in (0, 3)
    ]
    assert losses[1] < 0.85 * losses[0]


def test_large_pictures_are_not_touched_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their gradient would take more memory than the network."""
    monkeypatch.setattr("steadystyle.feedforward.arbitrary.MAX_TOUCHED", 1000)
    plain, touched = (ArbitraryStyle(STYLE, touches=count)(CONTENT) for count in (0, 3))
    np.testing.assert_array_equal(plain, touched)
