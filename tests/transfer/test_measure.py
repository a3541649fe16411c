"""Loss and gradient of a picture: the weighted sum, its gradient, one graph for all sizes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.backbones.compact import Compact
from steadystyle.core.contracts import Backbone
from steadystyle.core.flow import Measurement
from steadystyle.losses.content import Content
from steadystyle.losses.styles.gram import Gram
from steadystyle.losses.total_variation import TotalVariation
from steadystyle.transfer.measure import Measure, Term

LAYERS = ("relu1_1", "relu4_2")


class Noted(Compact):
    """The compact network, and a note of the layers that it was asked for."""

    def __init__(self, weights: Path) -> None:
        super().__init__(pooling="max", precision="float32", weights=weights)
        self.asked: list[tuple[str, ...]] = []

    def features(self, image: tf.Tensor, layers: Sequence[str]) -> dict[str, tf.Tensor]:
        """The features; each call is noted."""
        self.asked.append(tuple(layers))
        return super().features(image, layers)


def picture(height: int, width: int, seed: int = 0) -> tf.Tensor:
    """Noise of that size."""
    return tf.constant(np.random.default_rng(seed).random((1, height, width, 3), np.float32))


def terms(content: float = 1.0, style: float = 10.0, tv: float = 100.0) -> dict[str, Term]:
    """The engine's terms."""
    return {
        "content": Term(Content(("relu4_2",)), content),
        "style": Term(Gram(LAYERS), style),
        "total-variation": Term(TotalVariation(), tv),
    }


def targets(measure: Measure, height: int = 24, width: int = 32) -> dict[str, Any]:
    """Of one content picture and two styles."""
    styles = [(picture(20, 20, seed=2), 0.25), (picture(33, 17, seed=3), 0.75)]
    return measure.targets({"content": [(picture(height, width, seed=1), 1.0)], "style": styles})


@pytest.fixture
def backbone(compact_weights: Path) -> Noted:
    """A network that notes what it is asked."""
    return Noted(compact_weights)


def test_the_loss_is_the_weighted_sum_of_the_terms(backbone: Backbone) -> None:
    """Each term is reported as it is, before its weight."""
    measure = Measure(backbone, terms(content=2.0, style=3.0, tv=5.0))
    found = measure(picture(24, 32), targets(measure))
    weighted = {"content": 2.0, "style": 3.0, "total-variation": 5.0}
    assert set(found.terms) == set(weighted)
    total = sum(weight * float(found.terms[name]) for name, weight in weighted.items())
    assert float(found.loss) == pytest.approx(total, rel=1e-6)
    assert found.loss.dtype == tf.float32
    assert all(float(value) > 0 for value in found.terms.values())


def test_the_gradient_is_the_slope_of_the_loss(backbone: Backbone) -> None:
    """Along a random direction it agrees with the central difference; its norm is that of all its entries."""
    measure = Measure(backbone, terms())
    image, aims = picture(24, 32), targets(measure)
    found = measure(image, aims)
    direction = np.sign(np.random.default_rng(5).normal(size=image.shape)).astype(np.float32)
    ahead, behind = (float(measure(image + step * direction, aims).loss) for step in (1e-3, -1e-3))
    assert np.sum(found.gradient * direction) == pytest.approx((ahead - behind) / 2e-3, rel=0.05)
    assert float(found.gradient_norm) == pytest.approx(float(np.linalg.norm(found.gradient)), rel=1e-5)
    assert found.image is image


def test_one_graph_serves_all_sizes(backbone: Noted) -> None:
    """Pictures of other sizes, with targets of other sizes, are measured without tracing again."""
    measure = Measure(backbone, terms())
    aims = [targets(measure, *size) for size in ((24, 32), (17, 50), (64, 16))]
    backbone.asked.clear()
    for found, size in zip(aims, ((24, 32), (17, 50), (64, 16)), strict=True):
        assert measure(picture(*size), found).gradient.shape == (1, *size, 3)
    assert len(backbone.asked) == 1


def test_a_term_of_weight_zero_is_left_out(backbone: Noted) -> None:
    """It is not reported, and its layers are not computed."""
    measure = Measure(backbone, terms(content=0.0, tv=0.0) | {"style": Term(Gram(("relu1_1",)), 1.0)})
    found = measure(picture(24, 32), targets(measure))
    assert set(found.terms) == {"style"}
    assert set(backbone.asked) == {("relu1_1",)}


def test_without_a_term_that_looks_at_features_none_are_computed(backbone: Noted) -> None:
    """Total variation alone needs no network."""
    measure = Measure(backbone, terms(content=0.0, style=0.0))
    found = measure(picture(5, 6), measure.targets({}))
    assert float(found.loss) == pytest.approx(100.0 * float(found.terms["total-variation"]))
    assert backbone.asked == []


def test_layers_may_be_named_as_keras_names_them(backbone: Noted) -> None:
    """A loss on `block4_conv2` is the loss on `relu4_2`."""
    losses = []
    for layer in ("relu4_2", "block4_conv2"):
        measure = Measure(backbone, {"content": Term(Content((layer,)), 1.0)})
        losses.append(float(measure(picture(24, 32), targets(measure)).loss))
    assert losses[0] == losses[1] > 0


def test_the_content_picture_has_no_content_loss(backbone: Backbone) -> None:
    """Measured at its own target, a term is 0 and so is its gradient."""
    measure = Measure(backbone, {"content": Term(Content(("relu4_2",)), 1.0)})
    found = measure(picture(24, 32, seed=1), targets(measure))
    assert float(found.loss) == pytest.approx(0, abs=1e-10)
    assert float(found.gradient_norm) == pytest.approx(0, abs=1e-6)


def test_what_is_not_finite_shows_under_xla(backbone: Noted) -> None:
    """Compiled, where TensorFlow's own checks are silently left out, one NaN in one layer shows in a measurement."""
    measure = Measure(backbone, terms())
    image, aims = picture(24, 32), targets(measure)
    biases = {layer: tf.Variable(backbone._convolutions[layer][1]) for layer in ("1_2", "3_4", "4_2")}
    for layer, bias in biases.items():
        backbone._convolutions[layer] = backbone._convolutions[layer][0], bias
    compiled = tf.function(measure._measure, autograph=False, jit_compile=True)
    assert Measurement(image, *compiled(image, aims, tf.constant(1.0))).is_finite
    for bias in biases.values():
        sound = bias.numpy()
        bias.assign(sound + tf.one_hot(3, len(sound), on_value=np.nan))
        assert not Measurement(image, *compiled(image, aims, tf.constant(1.0))).is_finite
        bias.assign(sound)
