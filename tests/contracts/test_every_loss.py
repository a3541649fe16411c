"""What holds for each loss that `discover` finds."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.core import discover
from steadystyle.core.contracts import Loss
from steadystyle.core.flow import IMAGE, Features

NAMES = discover.names("steadystyle.losses")
LAYERS = (IMAGE, "deep")


def make(name: str) -> Loss:
    """The loss on a picture and one deeper layer, or on what it looks at by itself."""
    found = discover.feature("steadystyle.losses", name, Loss)  # type: ignore[type-abstract]
    return found(("deep",)) if name != "total-variation" else found((IMAGE,))


def features(picture: np.ndarray) -> Features:
    """A stand-in for a backbone: the picture, and products of its colours at half the size, in bfloat16 as real ones
    may be.
    """
    image = tf.constant(picture[np.newaxis], tf.float32)
    pooled = tf.nn.avg_pool2d(image, 2, 2, "SAME")
    return {IMAGE: image, "deep": tf.concat([pooled, pooled * pooled[..., ::-1]], -1)}


PICTURES = {
    "black": np.zeros((8, 9, 3), np.float32),
    "white": np.ones((8, 9, 3), np.float32),
    "grey": np.full((8, 9, 3), 0.5, np.float32),
    "one pixel": np.full((1, 1, 3), 0.3, np.float32),
    "one row": np.linspace(0, 1, 33, dtype=np.float32).reshape(1, 11, 3),
    "noise": np.random.default_rng(1).random((8, 9, 3), np.float32),
    "checkerboard": (np.indices((8, 9, 3)).sum(0) % 2).astype(np.float32),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("target", PICTURES)
@pytest.mark.parametrize("picture", PICTURES)
def test_value_and_gradient_are_finite(name: str, target: str, picture: str) -> None:
    """Every picture against every other gives a finite loss of at least 0 with a finite gradient."""
    if name == "content" and PICTURES[target].shape != PICTURES[picture].shape:
        pytest.skip("content is compared place by place")
    loss = make(name)
    aim = loss.target([(features(PICTURES[target]), 1.0)])
    image = tf.constant(PICTURES[picture])
    with tf.GradientTape() as tape:
        tape.watch(image)
        pooled = tf.nn.avg_pool2d(image[tf.newaxis], 2, 2, "SAME")
        found = {IMAGE: image[tf.newaxis], "deep": tf.concat([pooled, pooled * pooled[..., ::-1]], -1)}
        value = loss(found, aim)
    assert value.shape == ()
    assert value.dtype == tf.float32
    assert np.isfinite(value.numpy())
    assert value.numpy() >= 0
    assert np.isfinite(tape.gradient(value, image).numpy()).all()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "total-variation"])
@pytest.mark.parametrize("picture", PICTURES)
def test_zero_at_its_target(name: str, picture: str) -> None:
    """A picture has no distance from itself."""
    loss = make(name)
    found = features(PICTURES[picture])
    assert loss(found, loss.target([(found, 1.0)])).numpy() == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_shares_of_equal_references_change_nothing(name: str) -> None:
    """One reference with share 1 and the same reference in two shares are the same target."""
    loss, found, other = make(name), features(PICTURES["noise"]), features(PICTURES["checkerboard"])
    one = loss(other, loss.target([(found, 1.0)]))
    two = loss(other, loss.target([(found, 0.25), (found, 0.75)]))
    assert one.numpy() == pytest.approx(two.numpy(), rel=1e-5)


@pytest.mark.parametrize("name", ["gram"])
def test_statistics_do_not_depend_on_size(name: str) -> None:
    """A picture tiled two by two has the statistics of the picture."""
    loss = make(name)
    picture = np.random.default_rng(2).random((8, 8, 3), np.float32)
    target = loss.target([(features(picture), 1.0)])
    assert loss(features(np.tile(picture, (2, 2, 1))), target).numpy() == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_gradient_agrees_with_differences(name: str) -> None:
    """The gradient along a random direction is the central difference of the loss along it."""
    generator = np.random.default_rng(3)
    loss, start = make(name), generator.random((6, 6, 3)).astype(np.float32)
    target = loss.target([(features(PICTURES["noise"][:6, :6]), 1.0)])
    direction = generator.normal(size=start.shape).astype(np.float32)
    image = tf.constant(start)
    with tf.GradientTape() as tape:
        tape.watch(image)
        pooled = tf.nn.avg_pool2d(image[tf.newaxis], 2, 2, "SAME")
        value = loss({IMAGE: image[tf.newaxis], "deep": tf.concat([pooled, pooled * pooled[..., ::-1]], -1)}, target)
    slope = float(tf.reduce_sum(tape.gradient(value, image) * direction))
    ahead, behind = (float(loss(features(start + step * direction), target)) for step in (1e-3, -1e-3))
    assert slope == pytest.approx((ahead - behind) / 2e-3, rel=2e-2)
