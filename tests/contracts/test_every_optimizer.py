"""What holds for each optimizer that `discover` finds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from steadystyle.core import discover, safe_math, strips
from steadystyle.core.contracts import Optimizer
from steadystyle.core.flow import Measurement

NAMES = discover.names("steadystyle.optimizers")
SHAPE = (1, 6, 5, 3)


def make(name: str) -> Optimizer:
    """The optimizer of that name."""
    return discover.feature("steadystyle.optimizers", name, Optimizer)()  # type: ignore[type-abstract]


def bowl(target: np.ndarray, scales: np.ndarray) -> Callable[[tf.Tensor], Measurement]:
    """Mean of scales · (x - target)², a stretched bowl: its minimum inside [0, 1] is the clipped target."""

    def measure(image: tf.Tensor) -> Measurement:
        difference = image - target
        loss = tf.reduce_mean(scales * difference**2)
        gradient = 2 * scales * difference / target.size
        return Measurement(image, loss, {}, gradient, safe_math.norm(gradient))

    return measure


def random_bowl(low: float, high: float, condition: float) -> tuple[np.ndarray, np.ndarray]:
    """A target between `low` and `high`, and scales that differ by up to `condition`."""
    generator = np.random.default_rng(4)
    scales = np.exp(generator.uniform(0, np.log(condition), SHAPE)).astype(np.float32)
    return generator.uniform(low, high, SHAPE).astype(np.float32), scales


def minimise(
    name: str, measure: Callable[[tf.Tensor], Measurement], steps: int, rate: float | None = None
) -> np.ndarray:
    """The best picture of so many steps from grey."""
    optimizer = make(name)
    image = tf.fill(SHAPE, 0.5)
    state = optimizer.start(image)
    best, lowest = image, np.inf
    for _ in range(steps):
        measurement = measure(image)
        if measurement.loss < lowest:
            best, lowest = image, measurement.loss
        image, state = optimizer.propose(measurement, state, rate or optimizer.default_learning_rate)
    return np.asarray(best)


@pytest.mark.parametrize("name", NAMES)
def test_finds_a_minimum_inside(name: str) -> None:
    """A stretched bowl with its minimum inside the range is solved to a thousandth of the range."""
    target, scales = random_bowl(0.2, 0.8, condition=30)
    assert np.abs(minimise(name, bowl(target, scales), 400) - target).max() < 2e-2


@pytest.mark.parametrize("name", NAMES)
def test_finds_a_minimum_at_the_bounds(name: str) -> None:
    """Where the minimum lies outside the range, the nearest bound is found."""
    target, scales = random_bowl(-0.5, 1.5, condition=30)
    assert np.abs(minimise(name, bowl(target, scales), 400) - np.clip(target, 0, 1)).max() < 2e-2


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scale", [1e-30, 1e-12, 1.0, 1e12, 1e25])
def test_proposals_are_finite_pictures(name: str, scale: float) -> None:
    """Tiny and huge gradients alike lead to finite pictures inside [0, 1] and finite states."""
    optimizer, generator = make(name), np.random.default_rng(5)
    image = tf.constant(generator.random(SHAPE).astype(np.float32))
    state = optimizer.start(image)
    for step in range(5):
        gradient = tf.constant((scale * generator.normal(size=SHAPE)).astype(np.float32))
        loss = tf.constant(1.0 - 0.1 * step)
        image, state = optimizer.propose(
            Measurement(image, loss, {}, gradient, safe_math.norm(gradient)), state, optimizer.default_learning_rate
        )
        assert np.isfinite(image.numpy()).all()
        assert image.numpy().min() >= 0
        assert image.numpy().max() <= 1
    for part in tf.nest.flatten(state):
        if isinstance(part, tf.Tensor):
            assert np.isfinite(part.numpy()).all()


@pytest.mark.parametrize("name", NAMES)
def test_zero_gradient_leaves_the_picture(name: str) -> None:
    """At a place with no slope, nothing moves and nothing divides by zero."""
    optimizer, image = make(name), tf.fill(SHAPE, 0.5)
    zero = tf.zeros(SHAPE)
    measurement = Measurement(image, tf.constant(1.0), {}, zero, tf.constant(0.0))
    proposal = optimizer.propose(measurement, optimizer.start(image), optimizer.default_learning_rate)
    np.testing.assert_array_equal(proposal.image.numpy(), image.numpy())


@pytest.mark.parametrize("name", NAMES)
def test_a_step_is_made_from_the_limited_gradient(name: str) -> None:
    """The limit is given the gradient per pixel and its picture; where it leaves nothing, nothing moves."""
    target, scales = random_bowl(0.2, 0.8, condition=10)
    image, seen = tf.fill(SHAPE, 0.5), []

    def nothing(gradient: tf.Tensor, picture: tf.Tensor) -> tf.Tensor:
        seen.append((gradient, picture))
        return tf.zeros_like(gradient)

    optimizer = discover.feature("steadystyle.optimizers", name, Optimizer)(nothing)  # type: ignore[type-abstract]
    measurement = bowl(target, scales)(image)
    proposal = optimizer.propose(measurement, optimizer.start(image), optimizer.default_learning_rate)
    np.testing.assert_array_equal(proposal.image, image)
    ((gradient, picture),) = seen
    np.testing.assert_allclose(gradient, measurement.gradient * SHAPE[1] * SHAPE[2], rtol=1e-6)
    np.testing.assert_array_equal(picture, image)


@pytest.mark.parametrize("name", NAMES)
def test_same_call_same_proposal(name: str) -> None:
    """An optimizer is pure: asked twice it proposes the same picture, to the bit."""
    target, scales = random_bowl(0, 1, condition=10)
    measure, optimizer, image = bowl(target, scales), make(name), tf.fill(SHAPE, 0.5)
    state = optimizer.start(image)
    for _ in range(4):
        measurement = measure(image)
        first = optimizer.propose(measurement, state, optimizer.default_learning_rate)
        second = optimizer.propose(measurement, state, optimizer.default_learning_rate)
        np.testing.assert_array_equal(first.image.numpy(), second.image.numpy())
        image, state = first


@pytest.mark.parametrize("name", NAMES)
def test_smaller_rate_smaller_step(name: str) -> None:
    """Asked again with a smaller rate, an optimizer proposes a picture nearer to where it is: how the guard retries."""
    target, scales = random_bowl(0.2, 0.8, condition=10)
    measure, optimizer, image = bowl(target, scales), make(name), tf.fill(SHAPE, 0.5)
    state = optimizer.start(image)
    for _ in range(3):
        measurement, rate = measure(image), optimizer.default_learning_rate
        far = optimizer.propose(measurement, state, rate)
        near = optimizer.propose(measurement, state, rate / 4)
        origin = image if not hasattr(near.state, "base") else near.state.base.image
        assert np.linalg.norm(near.image - origin) < np.linalg.norm(far.image - origin)
        image, state = far


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rate", [1.0, 0.25])
def test_a_step_is_made_again_with_the_state_that_it_returned(name: str, rate: float) -> None:
    """As with the state of before: the measurement does not count twice. The guard keeps only one of the two."""
    target, scales = random_bowl(0, 1, condition=1000)
    measure, optimizer, image = bowl(target, scales), make(name), tf.fill(SHAPE, 0.5)
    state = optimizer.start(image)
    for _ in range(8):  # with searches that shorten their step among them
        measurement, own = measure(image), optimizer.default_learning_rate
        first = optimizer.propose(measurement, state, own)
        again = optimizer.propose(measurement, first.state, own * rate)
        np.testing.assert_array_equal(again.image, optimizer.propose(measurement, state, own * rate).image)
        image, state = first


@pytest.mark.parametrize("name", NAMES)
def test_a_large_picture_is_treated_in_strips(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proposals are those of a picture that is treated at once, and states stay sound."""
    target, scales = random_bowl(0, 1, condition=100)
    measure, proposals = bowl(target, scales), {}
    for pixels in (strips.PIXELS, 7):
        monkeypatch.setattr(strips, "PIXELS", pixels)
        optimizer, image = make(name), tf.fill(SHAPE, 0.5)
        state, found = optimizer.start(image), []
        for _ in range(14):
            image, state = optimizer.propose(measure(image), state, optimizer.default_learning_rate)
            assert optimizer.is_sound(state)
            found.append(image.numpy())
        proposals[pixels] = np.array(found)
    one, other = proposals.values()
    np.testing.assert_allclose(one, other, atol=1e-3)
    np.testing.assert_allclose(one[:4], other[:4], atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_with_less_memory_it_still_finds_a_minimum(name: str) -> None:
    """Without any history, and with a part of it."""
    target, scales = random_bowl(0.2, 0.8, condition=10)
    kind = discover.feature("steadystyle.optimizers", name, Optimizer)  # type: ignore[type-abstract]
    for share in (0.0, 0.25):
        optimizer, image = kind(history=share * kind.bytes_of_history * SHAPE[1] * SHAPE[2]), tf.fill(SHAPE, 0.5)
        state = optimizer.start(image)
        for _ in range(120):
            image, state = optimizer.propose(bowl(target, scales)(image), state, optimizer.default_learning_rate)
        assert float(bowl(target, scales)(image).loss) < 0.02 * float(bowl(target, scales)(tf.fill(SHAPE, 0.5)).loss)


@pytest.mark.parametrize("name", NAMES)
def test_state_is_carried_to_another_size(name: str) -> None:
    """After `rescale` the next proposal has the new size and is a finite picture."""
    optimizer, generator = make(name), np.random.default_rng(6)
    image = tf.constant(generator.random(SHAPE).astype(np.float32))
    state = optimizer.start(image)
    for shape in (SHAPE, SHAPE, (1, 11, 9, 3), (1, 11, 9, 3)):
        if tuple(image.shape) != shape:
            image = tf.image.resize(image, shape[1:3])
            state = optimizer.rescale(state, image)
        gradient = tf.constant(generator.normal(size=shape).astype(np.float32))
        loss = tf.constant(float(generator.random()))
        image, state = optimizer.propose(Measurement(image, loss, {}, gradient, safe_math.norm(gradient)), state, 0.1)
        assert tuple(image.shape) == shape
        assert np.isfinite(image.numpy()).all()
