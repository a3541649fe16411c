"""Where the first bad number of a measurement comes from."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.backbones.compact import Compact
from steadystyle.core import weights
from steadystyle.core.flow import Verdict
from steadystyle.losses.content import Content
from steadystyle.losses.styles.gram import Gram
from steadystyle.losses.total_variation import TotalVariation
from steadystyle.transfer.measure import Measure, Term
from steadystyle.transfer.replay import first_fault

NAN = float("nan")
IMAGE = tf.constant(np.random.default_rng(0).random((1, 24, 32, 3), np.float32))
Replay = Callable[..., Verdict | None]


@pytest.fixture
def replay(compact_weights: Path) -> Replay:
    """What is first bad for a picture, with targets, kernels or weights of terms changed."""

    def replay(
        image: tf.Tensor = IMAGE,
        harm: Callable[[dict[str, Any]], object] = lambda targets: None,
        kernels: Callable[[dict[str, Any]], object] = lambda kernels: None,
        style_weight: float = 10.0,
        precision: str = "float32",
        intact: bool = False,
    ) -> Verdict | None:
        backbone = Compact(pooling="max", precision=precision, weights=compact_weights)
        layers = ("relu1_1", "relu3_1")
        terms = {"content": Term(Content(("relu4_2",)), 1.0), "style": Term(Gram(layers), style_weight)}
        measure = Measure(backbone, terms | {"total-variation": Term(TotalVariation(), 1.0)})
        targets = measure.targets({"content": [(IMAGE[:, ::-1], 1.0)], "style": [(IMAGE[:, :20] ** 2, 1.0)]})
        harm(targets)
        kernels(backbone._convolutions)
        if intact:
            backbone.as_read = weights.fingerprint((backbone._convolutions, backbone._metrics))
        return first_fault(measure, image, targets)

    return replay


def test_nothing_is_found_where_nothing_is_bad(replay: Replay) -> None:
    """A good measurement has no first fault."""
    assert replay() is None


@pytest.mark.parametrize("bad", [NAN, float("inf"), -float("inf")])
def test_a_bad_pixel_is_the_optimizers(bad: float, replay: Replay) -> None:
    """The picture is looked at before what was made of it."""
    entry = tf.one_hot(7, 24 * 32 * 3) > 0
    found = replay(tf.where(tf.reshape(entry, IMAGE.shape), bad, IMAGE))
    assert found is not None
    assert (found.where, found.cause) == ("image", "optimizer-state")
    assert found.evidence.startswith("1 of 2304 entries are not finite, the first at (0, 0, 2, 1)")


@pytest.mark.parametrize("layer", ["1_2", "2_1", "3_4", "4_2"])
@pytest.mark.parametrize("bad", [NAN, float("inf")])
def test_a_bad_weight_is_found_at_its_layer(layer: str, bad: float, replay: Replay) -> None:
    """Also where no term looks, and where a pool would swallow it; the layer before is told with its magnitude."""

    def kernels(convolutions: dict[str, Any]) -> None:
        kernel, bias = convolutions[layer]
        convolutions[layer] = (kernel * bad, bias)

    found = replay(kernels=kernels)
    assert found is not None
    assert (found.where, found.cause) == (f"relu{layer}", "nonfinite-weights")
    assert re.search("before it, (relu|pool)", found.evidence)


def test_a_layer_in_half_precision_is_said_to_be_that(replay: Replay) -> None:
    """What overflows in bfloat16 may be finite in float32."""

    def kernels(convolutions: dict[str, Any]) -> None:
        kernel, bias = convolutions["2_2"]
        convolutions["2_2"] = (kernel * 3e38, bias)

    found = replay(kernels=kernels, precision="bfloat16", intact=True)
    assert found is not None
    assert (found.where, found.cause) == ("relu2_2", "half-precision-overflow")


@pytest.mark.parametrize("name", ["content", "style"])
def test_a_bad_target_comes_first(name: str, replay: Replay) -> None:
    """What is aimed at is looked at before the picture."""

    def harm(targets: dict[str, Any]) -> None:
        targets[name] = {layer: target * NAN for layer, target in targets[name].items()}

    found = replay(harm=harm)
    assert found is not None
    assert (found.where, found.cause) == (f"target of {name}", "nonfinite-input")


def test_a_sum_that_overflows_is_unnormalised(replay: Replay) -> None:
    """Terms that are finite, and weights that take them beyond float32."""
    found = replay(style_weight=3e38)
    assert found is None or (found.where, found.cause) in {
        ("loss", "unnormalised-loss"),
        ("gradient", "exploding-gradient"),
    }
    found = replay(1e6 * IMAGE, style_weight=3e38)
    assert found is not None
    assert (found.where, found.cause) == ("loss", "unnormalised-loss")
    assert "before it, total-variation is at most" in found.evidence
