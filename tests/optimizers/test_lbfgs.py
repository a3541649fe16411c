"""L-BFGS against SciPy's, on problems inside bounds; and its preconditioner."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from steadystyle.core import safe_math
from steadystyle.core.flow import Measurement, Proposal
from steadystyle.guard.judge import Guard
from steadystyle.optimizers import _at_once, _in_strips, _spectrum
from steadystyle.optimizers._spectrum import smooth, smooth_plane, stiffness, stiffness_of_plane
from steadystyle.optimizers.clips.norm import Norm
from steadystyle.optimizers.lbfgs import Lbfgs

Shape = tuple[int, int, int, int]
SHAPE: Shape = (1, 2, 3, 3)
Problem = Callable[[np.ndarray], tuple[Any, np.ndarray]]
"""Loss and gradient at a point in [0, 1]^n."""


def diagonal(shape: Shape, generator: np.random.Generator) -> Problem:
    """A bowl a hundred times as steep one way as another, whose minimum is at the bounds for a third of the pixels."""
    n = int(np.prod(shape))
    target, scales = generator.uniform(-0.3, 1.3, n), np.exp(generator.uniform(0, np.log(100), n))
    return lambda x: (np.mean(scales * (x - target) ** 2), 2 * scales * (x - target) / n)


def turned(shape: Shape, generator: np.random.Generator) -> Problem:
    """A bowl a thousand times as steep one way as another, along no pixel's own direction."""
    n = int(np.prod(shape))
    axes, _ = np.linalg.qr(generator.normal(size=(n, n)))
    matrix = (axes * np.geomspace(1, 1000, n)) @ axes.T / n
    target = generator.uniform(0.1, 0.9, n)
    return lambda x: (0.5 * (x - target) @ matrix @ (x - target), matrix @ (x - target))


def valley(shape: Shape, generator: np.random.Generator) -> Problem:
    """Rosenbrock's, with its bent valley and its minimum inside."""
    n = int(np.prod(shape))
    return lambda x: (optimize.rosen(2 * x - 0.5) / n, 2 * optimize.rosen_der(2 * x - 0.5) / n)


def valley_out_of_bounds(shape: Shape, generator: np.random.Generator) -> Problem:
    """Rosenbrock's with its minimum beyond the bounds for every pixel but the first few."""
    n = int(np.prod(shape))
    return lambda x: (optimize.rosen(1.4 * x - 0.6) / n, 1.4 * optimize.rosen_der(1.4 * x - 0.6) / n)


def like_a_picture(shape: Shape, generator: np.random.Generator) -> Problem:
    """Near a target, and neighbours alike: steep for fine detail, flat for what is smooth."""
    n = int(np.prod(shape))
    target = generator.uniform(-0.3, 1.3, shape)

    def problem(x: np.ndarray) -> tuple[Any, np.ndarray]:
        x = x.reshape(shape)
        loss, gradient = np.mean((x - target) ** 2), 2 * (x - target) / n
        for axis in (1, 2):
            differences = np.diff(x, axis=axis)
            loss += 10 * np.sum(differences**2) / n
            gradient -= 20 * np.diff(differences, axis=axis, prepend=0, append=0) / n
        return loss, gradient.ravel()

    return problem


def measured(problem: Problem, image: tf.Tensor) -> Measurement:
    """The problem as the engine would measure it."""
    loss, gradient = problem(image.numpy().astype(np.float64).ravel())
    gradient = tf.constant(gradient.reshape(image.shape), tf.float32)
    return Measurement(image, tf.constant(loss, tf.float32), {}, gradient, safe_math.norm(gradient))


def our_losses(problem: Problem, start: np.ndarray, evaluations: int) -> np.ndarray:
    """The loss at each evaluation."""
    optimizer, image = Lbfgs(), tf.constant(start, tf.float32)
    state, losses = optimizer.start(image), []
    for _ in range(evaluations):
        measurement = measured(problem, image)
        losses.append(float(measurement.loss))
        image, state = optimizer.propose(measurement, state, optimizer.default_learning_rate)
    return np.array(losses)


def their_losses(problem: Problem, start: np.ndarray, evaluations: int) -> np.ndarray:
    """The same of SciPy's L-BFGS-B with as much memory."""
    losses = []

    def noted(x: np.ndarray) -> Any:
        loss, gradient = problem(x)
        losses.append(loss)
        return loss, gradient

    options = {"maxfun": evaluations, "maxiter": evaluations, "ftol": 0, "gtol": 0, "maxcor": _at_once.MEMORY}
    optimize.minimize(noted, start.ravel(), jac=True, method="L-BFGS-B", bounds=[(0, 1)] * start.size, options=options)
    return np.array(losses[:evaluations])


def evaluations_to(losses: np.ndarray, level: float) -> float:
    """How many evaluations until the loss is at most `level`; inf if never."""
    return float(np.argmax(losses <= level)) + 1 if (losses <= level).any() else np.inf


def levels(losses: np.ndarray) -> list[float]:
    """Losses at which a tenth, a hundredth and a thousandth of the way to the lowest is left."""
    return [losses.min() + share * (losses[0] - losses.min()) for share in (1e-1, 1e-2, 1e-3)]


@pytest.fixture
def eagerly() -> Iterator[None]:
    """A graph that was made before would not see what is patched."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.mark.parametrize(
    ("problem", "evaluations"), [(diagonal, 25), (turned, 45), (valley, 120), (valley_out_of_bounds, 50)]
)
def test_the_method_is_as_good_as_scipys(
    problem: Callable[..., Problem], evaluations: int, monkeypatch: pytest.MonkeyPatch, eagerly: None
) -> None:
    """To the same losses it takes at most half as many evaluations again as L-BFGS-B.

    Pixels of these problems are in no order, so the preconditioner, which is for pictures, is left out.
    """
    monkeypatch.setattr(_at_once, "smooth", lambda fields: fields)
    monkeypatch.setattr(_at_once, "stiffness", lambda fields: tf.reduce_sum(tf.square(fields)))
    ours, theirs = np.zeros(3), np.zeros(3)
    for seed in (0, 2):
        generator = np.random.default_rng(seed)
        made, start = problem(SHAPE, generator), generator.uniform(0.2, 0.8, SHAPE)
        losses, goal = our_losses(made, start, evaluations), their_losses(made, start, evaluations)
        ours += [evaluations_to(losses, level) for level in levels(goal)]
        theirs += [evaluations_to(goal, level) for level in levels(goal)]
    assert (ours <= 1.5 * theirs).all(), f"{ours} evaluations, SciPy {theirs}"


@pytest.mark.parametrize("shape", [(1, 16, 16, 3), (1, 9, 20, 3), (1, 1, 40, 3)])
def test_pictures_are_solved_in_fewer_evaluations_than_scipys(shape: Shape) -> None:
    """With the preconditioner, on a problem that is flat for what is smooth, three quarters as many are enough."""
    generator = np.random.default_rng(3)
    made, start = like_a_picture(shape, generator), generator.uniform(0.2, 0.8, shape)
    ours, theirs = our_losses(made, start, 40), their_losses(made, start, 80)
    for level in levels(theirs)[1:]:
        assert evaluations_to(ours, level) <= 0.75 * evaluations_to(theirs, level)


def test_pixels_at_a_bound_are_let_go_when_the_gradient_turns() -> None:
    """A pixel that is black at first, and should not be, does not stay black."""
    target = np.full((1, 3, 3, 3), 0.7)
    losses = our_losses(lambda x: (np.mean((x - 0.7) ** 2), 2 * (x - 0.7) / 27), np.zeros_like(target), 20)
    assert losses.min() < 1e-6


@pytest.mark.parametrize("period", [4, 8])
def test_a_trial_that_is_not_finite_is_a_step_too_long(period: int) -> None:
    """With a NaN in every fourth or eighth measurement, the guard in the loop, the loss still falls far."""
    made = like_a_picture((1, 8, 8, 3), np.random.default_rng(0))
    optimizer = Lbfgs()
    guard, image = Guard(optimizer), tf.fill((1, 8, 8, 3), 0.5)
    proposal: Proposal | None = Proposal(image, optimizer.start(image))
    first = float(measured(made, image).loss)
    for step in range(1, 41):
        assert proposal is not None
        measurement = measured(made, proposal.image)
        if step % period == 0:
            measurement = measurement._replace(loss=tf.constant(float("nan")))
        verdict = guard.judge(measurement)
        proposal = (
            guard.advance(measurement, proposal.state, 1.0)
            if verdict.accepted or verdict.doubt
            else guard.repair(verdict, measurement, proposal, 1.0)
        )
    lowest = their_losses(made, np.full((1, 8, 8, 3), 0.5), 100).min()
    assert guard.best.loss - lowest < 0.02 * (first - lowest)


@pytest.mark.parametrize("field", ["steps", "changes", "products"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e38, -1e38, 65505.0, 1e-45, 0.0])
def test_damaged_pairs_lead_nowhere_or_to_a_picture(field: str, value: float) -> None:
    """Whatever stands in one row of the pairs, what is proposed is finite and inside the bounds, without a warning."""
    made = like_a_picture((1, 8, 8, 3), np.random.default_rng(0))
    optimizer = Lbfgs()
    proposal = Proposal(image := tf.fill((1, 8, 8, 3), 0.5), optimizer.start(image))
    for _ in range(4):
        proposal = optimizer.propose(measured(made, proposal.image), proposal.state, 1.0)
    pairs = np.array(getattr(proposal.state.curvature, field))
    pairs[-1] = value
    damaged = pairs if field == "products" else tf.constant(pairs)
    state = proposal.state._replace(curvature=proposal.state.curvature._replace(**{field: damaged}))
    proposed = np.asarray(optimizer.propose(measured(made, proposal.image), state, 1.0).image)
    assert ((proposed >= 0) & (proposed <= 1)).all()


def test_the_length_is_found_where_the_first_guess_is_far_too_long() -> None:
    """A rate of a thousand leads to the bounds and back: the line search still descends."""
    target, image = 0.3, tf.fill((1, 4, 4, 3), 0.6)
    optimizer = Lbfgs()
    state, lowest = optimizer.start(image), np.inf
    for _ in range(30):
        measurement = measured(lambda x: (np.mean((x - target) ** 2), 2 * (x - target) / x.size), image)
        lowest = min(lowest, float(measurement.loss))
        image, state = optimizer.propose(measurement, state, 1000.0)
    assert lowest < 0.01 * (0.6 - target) ** 2


def test_a_loss_that_only_rises_leaves_the_base_where_it_was() -> None:
    """A gradient that lies is retried shorter and shorter, then afresh, and never accepted."""
    start = tf.fill((1, 3, 3, 3), 0.5)
    optimizer, image = Lbfgs(), start
    state = optimizer.start(image)
    for step in range(40):
        gradient = tf.ones_like(image)
        loss = tf.constant(1.0 if step == 0 else 2.0)
        image, state = optimizer.propose(Measurement(image, loss, {}, gradient, safe_math.norm(gradient)), state, 1.0)
        assert state.base is not None
        np.testing.assert_array_equal(state.base.image, start)


def test_without_room_for_a_pair_a_shorter_step_goes_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The direction is not kept, but found again; meanwhile nobody holds the gradient that was measured in vain."""
    monkeypatch.setattr("steadystyle.core.strips.PIXELS", 10)
    start = tf.constant(np.random.default_rng(0).uniform(0.4, 0.6, (1, 6, 5, 3)), tf.float32)
    optimizer, forgotten = Lbfgs(history=0.0), list[bool]()
    guard, moved = Guard(optimizer), _in_strips.moved
    guard.new_scale(_Measures())
    downhill = tf.constant(np.random.default_rng(1).normal(size=start.shape) / 30, tf.float32)

    def advanced(image: tf.Tensor, state: Any, loss: float) -> Proposal:
        gradient = tf.identity(downhill)
        reference = weakref.ref(gradient)
        norm = safe_math.norm(gradient)
        measured = [Measurement(image, tf.constant(loss), {}, gradient, norm)]
        del gradient

        def noted(*how: Any) -> tf.Tensor:
            forgotten.append(reference() is None)
            return moved(*how)

        monkeypatch.setattr(_in_strips, "moved", noted)
        return guard.advance(measured.pop(), state, 1.0)

    first = advanced(start, optimizer.start(start), 1.0)
    second = advanced(first.image, first.state, 1.5)
    assert first.state.direction is None
    assert forgotten == [False, True]
    reached = np.asarray(first.image)
    there, shorter = reached - start.numpy(), np.asarray(second.image - start)
    free = (np.abs(there) > 1e-3) & (reached > 0) & (reached < 1)
    assert free.mean() > 0.5
    np.testing.assert_allclose(shorter[free] / there[free], second.state.length, rtol=1e-2)


class _Measures:
    """An engine that is not asked."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(name)


# The preconditioner

SIDES = st.integers(1, 9)


@settings(max_examples=30)
@given(height=SIDES, width=SIDES, seed=st.integers(0, 100))
def test_smooth_is_symmetric_and_positive(height: int, width: int, seed: int) -> None:
    """⟨a, S b⟩ = ⟨S a, b⟩ and ⟨a, S a⟩ ≥ ⟨a, a⟩/√2 at every size: as an inverse Hessian it leads downhill."""
    one, other = np.random.default_rng(seed).normal(size=(2, 1, height, width, 2)).astype(np.float32)
    smooth_one, smooth_other = smooth(tf.constant(one)).numpy(), smooth(tf.constant(other)).numpy()
    assert smooth_one.shape == one.shape
    scale = np.linalg.norm(one) * np.linalg.norm(smooth_other)
    assert np.sum(one * smooth_other) == pytest.approx(np.sum(smooth_one * other), abs=1e-5 * float(scale))
    assert np.sum(one * smooth_one) >= 0.7 * np.sum(one * one)


@pytest.mark.parametrize(("height", "width"), [(1, 40), (33, 1), (17, 30), (24, 31)])
@pytest.mark.parametrize("at_once", [0, 1 << 24])
def test_smooth_is_the_same_plane_by_plane(
    height: int, width: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large pictures are smoothed a channel at a time, and the largest some lines of it at a time."""
    monkeypatch.setattr(_spectrum, "AT_ONCE", at_once)
    monkeypatch.setattr(_spectrum, "LINES", 7)
    fields = np.random.default_rng(0).normal(size=(1, height, width, 3)).astype(np.float32)
    plane = np.array(fields[0, ..., 1])
    smooth_plane(plane)
    assert plane.dtype == np.float32
    np.testing.assert_allclose(plane, smooth(tf.constant(fields))[0, ..., 1], atol=1e-5)
    found = stiffness_of_plane(2 * fields[0, ..., 1], fields[0, ..., 1], np.float32(3))
    assert found == pytest.approx(9 * np.vdot(fields[0, ..., 1], plane), rel=1e-5)
    assert float(stiffness(fields)) == pytest.approx(np.vdot(fields, smooth(tf.constant(fields))), rel=1e-5)


def test_smooth_lets_smooth_changes_further() -> None:
    """The finest stripes stay, stripes twice as wide go twice as far, flat goes 32 times as far, each by itself."""
    across = np.arange(64)
    for period, gain in ((2, 1), (4, 2), (16, 8), (64, 32), (np.inf, 32)):
        stripes = np.broadcast_to(np.cos(2 * np.pi * across / period)[:, np.newaxis], (1, 5, 64, 1))
        np.testing.assert_allclose(smooth(tf.constant(stripes, tf.float32)), gain * stripes, rtol=1e-4, atol=1e-4)


def test_smooth_treats_fields_and_channels_alone() -> None:
    """What is in one of several fields, or in one channel, does not leak."""
    fields = np.zeros((2, 6, 7, 3), np.float32)
    fields[1, 2, 3, 1] = 1
    spread = smooth(tf.constant(fields)).numpy()
    assert np.abs(spread[1, ..., 1]).min() >= 0
    assert np.abs(spread[1, ..., 1]).max() > 0
    spread[1, ..., 1] = 0
    assert not spread.any()


@pytest.mark.parametrize("shape", [(1, 1, 1, 3), (1, 1, 7, 3), (1, 7, 1, 3), (1, 17, 33, 3), (1, 2, 5000, 3)])
def test_every_size_is_optimised(shape: Shape) -> None:
    """One pixel, one row, one column, odd and very long: the bowl's minimum is found."""
    losses = our_losses(lambda x: (np.mean((x - 0.2) ** 2), 2 * (x - 0.2) / x.size), np.full(shape, 0.7), 15)
    assert losses.min() < 1e-6


def test_a_limit_shortens_the_direction_and_leaves_the_curvature_true() -> None:
    """A pair made from clipped gradients would tell of a curvature that is not there."""
    image = tf.random.stateless_uniform((1, 6, 5, 3), (0, 1), 0.3, 0.7)

    def bowl(image: tf.Tensor) -> Measurement:
        gradient = 2 * (image - 0.5) / tf.size(image, tf.float32)
        return Measurement(image, tf.reduce_mean((image - 0.5) ** 2), {}, gradient, safe_math.norm(gradient))

    free = Lbfgs()
    tight = Lbfgs(lambda gradient, picture: Norm()([gradient], [picture], 1e-4)[0])
    first = free.propose(bowl(image), free.start(image), 1.0)
    second = bowl(first.image)
    found, limited = free.propose(second, first.state, 1.0).state, tight.propose(second, first.state, 1.0).state
    np.testing.assert_array_equal(found.curvature.changes, limited.curvature.changes)
    np.testing.assert_allclose(found.curvature.changes, 2 / 3 * found.curvature.steps, rtol=1e-3, atol=1e-7)
    short, long = (np.linalg.norm(state.direction) for state in (limited, found))
    assert short < 0.1 * long
    np.testing.assert_allclose(limited.direction / short, found.direction / long, atol=1e-4)
