"""What holds for each loss that `discover` finds."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.backbones.compact import Compact
from steadystyle.core import discover
from steadystyle.core.contracts import Backbone, Loss, Sight
from steadystyle.core.flow import IMAGE, Features
from steadystyle.transfer.measure import Measure, Term
from tests import hostile

STYLES = discover.names("steadystyle.losses.styles")
PACKAGES = dict.fromkeys(discover.names("steadystyle.losses"), "steadystyle.losses")
PACKAGES |= dict.fromkeys(STYLES, "steadystyle.losses.styles")
WITH_TARGET = [name for name in PACKAGES if name != "total-variation"]


class Pooled(Backbone):
    """A stand-in for a network: colours and their products at a quarter of the size.

    It makes what is hard to take: all 0 for black, one rank for grey pictures, one place for small ones.
    """

    layers = content_layers = style_layers = ("deep",)
    smallest_side = 1
    bytes_of_graph, bytes_of_content = 100.0, 2.0

    @classmethod
    def sight(cls, layer: str) -> Sight:
        """Places of four pixels, each by itself."""
        return Sight(4, 0)

    def is_intact(self) -> bool:
        """It has no weights."""
        return True

    def __init__(self, *, pooling: str = "max", precision: str = "float32", weights: Any = None) -> None:
        self._dtype = tf.as_dtype(precision)

    def features(self, image: tf.Tensor, layers: Sequence[str]) -> dict[str, tf.Tensor]:
        pooled = tf.nn.avg_pool2d(image, 4, 4, "SAME")
        return {"deep": tf.cast(tf.concat([pooled, pooled * pooled[..., ::-1]], -1), self._dtype)}


@functools.cache
def picture(name: str) -> np.ndarray:
    """A hostile picture as a batch of one."""
    return hostile.PICTURES[name]()[np.newaxis]


def make(name: str, layers: Sequence[str] = ("deep",)) -> Loss:
    """The loss on `layers`, or on the picture if that is what it looks at."""
    found = discover.feature(PACKAGES[name], name, Loss)  # type: ignore[type-abstract]
    return found(layers) if name in WITH_TARGET else found((IMAGE,))


def features(image: np.ndarray | tf.Tensor, precision: str = "float32") -> Features:
    """What the losses look at, for a picture of any size and precision."""
    image = tf.convert_to_tensor(image)
    return {IMAGE: image, **Pooled(precision=precision).features(image, ("deep",))}


@functools.cache
def engine(name: str) -> Measure:
    """The loss as the engine runs it: a graph that is traced once for all sizes."""
    return Measure(Pooled(), {name: Term(make(name), 1.0)})


def check_all_against(measure: Measure, name: str, target: str, smallest_side: int) -> None:
    """Measure every hostile picture against `target`, none smaller than the network can take."""

    def batch(picture_name: str) -> tf.Tensor:
        image = picture(picture_name)
        missing = [(0, max(0, smallest_side - side)) for side in image.shape[1:3]]
        return tf.constant(np.pad(image, [(0, 0), *missing, (0, 0)], mode="symmetric"))

    targets = measure.targets({name: [(batch(target), 1.0)]})
    for other in hostile.PICTURES:
        if name == "content" and picture(target).shape != picture(other).shape:
            continue  # content is compared place by place
        found = measure(batch(other), targets)
        assert found.loss.shape == (), other
        assert found.loss.dtype == tf.float32, other
        assert np.isfinite(found.loss.numpy()), other
        assert found.loss.numpy() >= 0, other
        assert np.isfinite(found.gradient.numpy()).all(), other


@pytest.mark.parametrize("name", PACKAGES)
@pytest.mark.parametrize("target", hostile.PICTURES)
def test_value_and_gradient_are_finite(name: str, target: str) -> None:
    """Every hostile picture against every other gives a finite loss of at least 0 with a finite gradient."""
    check_all_against(engine(name), name, target, smallest_side=1)


@pytest.mark.slow
@pytest.mark.parametrize("name", PACKAGES)
@pytest.mark.parametrize("target", hostile.PICTURES)
def test_value_and_gradient_are_finite_with_the_compact_network(name: str, target: str) -> None:
    """So it is with the features of a real network, on all of its style layers, for a target and every picture."""
    backbone = Compact(pooling="max", precision="float32")
    measure = Measure(backbone, {name: Term(make(name, backbone.style_layers), 1.0)})
    check_all_against(measure, name, target, backbone.smallest_side)


@pytest.mark.parametrize("name", WITH_TARGET)
@pytest.mark.parametrize("target", hostile.PICTURES)
def test_zero_at_its_target(name: str, target: str) -> None:
    """A picture has no distance from itself, but for rounding in the tenth digit."""
    loss, found = make(name), features(picture(target))
    assert loss(found, loss.target([(found, 1.0)])).numpy() == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("name", WITH_TARGET)
@pytest.mark.parametrize("other", ["odd_sides", "gradient", "silhouette", "noise"])
def test_something_else_is_not_zero(name: str, other: str) -> None:
    """A picture is some way from another one, and further than from one that is nearly the same."""
    loss, wanted = make(name), picture("checkerboard") * 0.5
    target = loss.target([(features(wanted), 1.0)])
    if name != "content" or picture(other).shape == wanted.shape:
        near = loss(features(wanted * 0.99), target).numpy()
        assert 0 < near < 0.1 * loss(features(picture(other)), target).numpy()


@pytest.mark.parametrize("name", PACKAGES)
def test_shares_of_equal_references_change_nothing(name: str) -> None:
    """One reference with share 1 and the same reference in two shares are the same target."""
    loss, found, other = make(name), features(picture("noise")), features(picture("checkerboard"))
    one = loss(other, loss.target([(found, 1.0)]))
    two = loss(other, loss.target([(found, 0.25), (found, 0.75)]))
    assert one.numpy() == pytest.approx(two.numpy(), rel=1e-5)


@pytest.mark.parametrize("name", WITH_TARGET)
def test_a_larger_share_is_closer(name: str) -> None:
    """Between two references the loss at the first falls as its share rises."""
    loss, first, second = make(name), features(picture("noise")), features(picture("gradient"))
    values = [loss(first, loss.target([(first, share), (second, 1 - share)])).numpy() for share in (0.1, 0.5, 0.9)]
    assert values == sorted(values, reverse=True)
    assert values[2] < 0.5 * values[0]


@pytest.mark.parametrize("name", STYLES)
@pytest.mark.parametrize("target", ["noise", "gradient", "silhouette", "single_bright_pixel"])
def test_statistics_do_not_depend_on_size(name: str, target: str) -> None:
    """A picture tiled two by two has the statistics of the picture."""
    loss = make(name)
    aim = loss.target([(features(picture(target)), 1.0)])
    assert loss(features(np.tile(picture(target), (1, 2, 2, 1))), aim).numpy() == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("name", WITH_TARGET)
@pytest.mark.parametrize("scale", [0.1, 100.0])
def test_loss_is_relative_to_its_target(name: str, scale: float) -> None:
    """Stronger features, of the picture and of the target, mean the same number: a network's units do not matter."""
    loss, found, wanted = make(name), features(picture("noise")), features(picture("gradient"))

    def scaled(features: Features) -> Features:
        return {layer: scale * tensor for layer, tensor in features.items()}

    here = loss(found, loss.target([(wanted, 1.0)])).numpy()
    there = loss(scaled(found), loss.target([(scaled(wanted), 1.0)])).numpy()
    assert there == pytest.approx(here, rel=1e-3)


@pytest.mark.parametrize("name", STYLES)
def test_a_style_weight_means_about_the_same_in_each(name: str) -> None:
    """Features that are 1% too strong cost about 4 · 0.01², whatever is matched."""
    loss = make(name)
    deep = np.random.default_rng(5).random((1, 16, 16, 8), np.float32)
    value = loss({"deep": tf.constant(1.01 * deep)}, loss.target([({"deep": tf.constant(deep)}, 1.0)])).numpy()
    assert value == pytest.approx(4e-4, rel=0.3)


@pytest.mark.parametrize("name", PACKAGES)
@pytest.mark.parametrize("other", ["odd_sides", "gradient", "silhouette"])
def test_gradient_agrees_with_differences(name: str, other: str) -> None:
    """In float64 the gradient along a random direction is the central difference of the loss along it."""
    generator = np.random.default_rng(3)
    loss, wide = make(name), picture(other)[:, :32, :32].astype(np.float64)
    start = 0.9 * wide + 0.1 * generator.random(wide.shape)
    target = loss.target([(features(generator.random(wide.shape), "float64"), 1.0)])
    direction = generator.normal(size=start.shape)

    def value(image: tf.Tensor) -> tf.Tensor:
        return loss(features(image, "float64"), target)

    image = tf.constant(start)
    with tf.GradientTape() as tape:
        tape.watch(image)
        found = value(image)
    assert found.dtype == tf.float64
    slope = float(tf.reduce_sum(tape.gradient(found, image) * direction))
    difference = float(value(start + 1e-6 * direction) - value(start - 1e-6 * direction)) / 2e-6
    assert slope == pytest.approx(difference, rel=1e-5)


def measured(loss: Loss, image: np.ndarray, aim: np.ndarray, precision: str) -> tuple[tf.Tensor, np.ndarray]:
    """The loss against `aim`, and its gradient in `image`, the features being in `precision`."""
    target, at = loss.target([(features(aim, precision), 1.0)]), tf.constant(image)
    with tf.GradientTape() as tape:
        tape.watch(at)
        value = loss(features(at, precision), target)
    return value, tape.gradient(value, at).numpy()


@pytest.mark.parametrize("name", WITH_TARGET)
@pytest.mark.parametrize("other", ["noise", "gradient", "silhouette", "pure_red"])
@pytest.mark.parametrize("aim", ["noise", "gradient", "silhouette", "pure_red"])
def test_float32_is_enough(name: str, other: str, aim: str) -> None:
    """Value and gradient are those of float64 within a thousandth, also where features depend on each other."""
    wide_picture, wide_aim = (picture(each).astype(np.float64) for each in (other, aim))
    value, gradient = measured(make(name), picture(other), picture(aim), "float32")
    wide_value, wide_gradient = measured(make(name), wide_picture, wide_aim, "float64")
    assert value.numpy() == pytest.approx(wide_value.numpy(), rel=1e-3, abs=1e-6)
    assert np.linalg.norm(gradient - wide_gradient) <= 1e-3 * np.linalg.norm(wide_gradient) + 1e-6


@pytest.mark.parametrize("name", WITH_TARGET)
@pytest.mark.parametrize("other", ["noise", "gradient", "silhouette", "pure_red"])
def test_bfloat16_changes_little(name: str, other: str) -> None:
    """Features in bfloat16 give the value of float32 within 3%, as float32, and a finite gradient."""
    value, gradient = measured(make(name), picture(other), picture("checkerboard"), "bfloat16")
    assert value.dtype == tf.float32
    assert np.isfinite(gradient).all()
    narrow = measured(make(name), picture(other), picture("checkerboard"), "float32")[0]
    assert value.numpy() == pytest.approx(narrow.numpy(), rel=0.03)


@pytest.mark.parametrize("name", PACKAGES)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_shown(name: str, bad: float) -> None:
    """One bad place among the features makes the loss not finite, never an exception: the guard must see it."""
    loss, broken = make(name), picture("noise").copy()
    broken[0, 20, 30, 1] = bad
    target = loss.target([(features(picture("gradient")), 1.0)])
    assert not np.isfinite(loss(features(broken), target).numpy())
