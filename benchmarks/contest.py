"""The tutorial's method and ours on the same pictures, the same features and the same measure; loads TensorFlow."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from benchmarks.rivals import Descent, Extract, Tutorial
from steadystyle.backbones.compact import Compact
from steadystyle.core.outcome import Event, StepRecord
from steadystyle.core.precision import choose_precision
from steadystyle.core.settings import Settings
from steadystyle.images.resize import fit, resize
from steadystyle.transfer.problem import Problem
from steadystyle.transfer.scales import plan
from steadystyle.transfer.stylize import stylize

CONTENT_LAYER = "relu5_1"
"""The deepest there is; it stands for block5_conv2, the next convolution of VGG-19."""
MAGNITUDES = (30.0, 100.0, 300.0, 1000.0, 3000.0, 10_000.0, 30_000.0)
PILOT_STEPS = 150


class Arena:
    """Two pictures, a backbone and our loss at the full size; every picture made here is measured with it."""

    def __init__(self, settings: Settings, content: np.ndarray, style: np.ndarray) -> None:
        self.settings, self.content, self.style = settings.resolved(), content, style
        self.precision = choose_precision(settings.precision)
        self.scales = plan(self.settings, *content.shape[:2])
        problem = Problem(self.settings, self.precision, content, [style])
        self.start = problem.batch(problem.content_at(self.scales[-1]))
        self.measure = problem.at(self.scales[-1])

    def loss(self, picture: np.ndarray) -> float:
        """Our loss of `picture` (H, W, 3)."""
        return self.losses(picture)["loss"]

    def losses(self, picture: np.ndarray) -> dict[str, float]:
        """Our loss of `picture` (H, W, 3), and its terms before they are weighted."""
        measurement = self.measure(tf.constant(picture[np.newaxis]))
        return {"loss": float(measurement.loss)} | {name: float(term) for name, term in measurement.terms.items()}

    def tutorial(self, magnitude: float) -> Tutorial:
        """The tutorial's method with its own loss and weights on this backbone's features times `magnitude`."""
        style = tf.constant(fitted(self.style, self.settings.size)[np.newaxis])
        return Tutorial(features_of(self.settings, self.precision, magnitude), self.start, style)


def features_of(settings: Settings, precision: str, magnitude: float) -> Extract:
    """The compact backbone (or the teacher in its form) as the tutorial's method sees a network."""
    backbone = Compact(pooling=settings.pooling, precision=precision, weights=settings.weights)

    def extract(image: tf.Tensor) -> tuple[tf.Tensor, list[tf.Tensor]]:
        features = backbone.features(image, (CONTENT_LAYER, *Compact.style_layers))
        scaled = {layer: magnitude * tf.cast(value, tf.float32) for layer, value in features.items()}
        return scaled[CONTENT_LAYER], [scaled[layer] for layer in Compact.style_layers]

    return extract


def best_magnitude(settings: Settings, content: np.ndarray, style: np.ndarray, steps: int = PILOT_STEPS) -> float:
    """The magnitude of the features that serves the tutorial's method best, by our loss, in short runs at a small size.

    Its weights balance content, style and variation for activations of VGG-19's magnitude on pixels of 0 to 255; ours
    have unit power. What another magnitude does to that balance is for the rival to gain, not to lose.
    """
    arena = Arena(settings.replaced({"size": max(64, settings.size // 4)}), content, style)
    losses = {}
    for magnitude in MAGNITUDES:
        method = arena.tutorial(magnitude)
        for _ in range(steps):
            method.step()
        losses[magnitude] = arena.loss(method.descent.image.numpy()[0])
    return min(losses, key=lambda magnitude: losses[magnitude] if np.isfinite(losses[magnitude]) else np.inf)


def fitted(picture: np.ndarray, size: int) -> np.ndarray:
    """`picture` (H, W, 3) with its longer side `size` pixels."""
    return resize(picture, *fit(picture.shape[0], picture.shape[1], size))


class Reached(NamedTuple):
    """How far a method came: our loss, and the seconds that it took."""

    loss: float
    seconds: float


def tutorial_result(arena: Arena, magnitude: float, steps: int) -> Reached:
    """Our loss of the picture that the tutorial's method ends with."""
    began = time.perf_counter()
    method = arena.tutorial(magnitude)
    for _ in range(steps):
        method.step()
    picture = method.descent.image.numpy()[0]
    seconds = time.perf_counter() - began
    return Reached(arena.loss(picture), seconds)


def tutorial_optimizer_on_our_loss(arena: Arena, magnitude: float, steps: int) -> Reached:
    """The lowest of our losses that the tutorial's Adam meets when it minimises our loss itself.

    Its epsilon of 0.1 means something only beside gradients of the tutorial's magnitude, so ours are multiplied by the
    factor that makes their norm at the first step that of the tutorial's own loss there.
    """
    began = time.perf_counter()
    descent = Descent(arena.start)
    tutorial = arena.tutorial(magnitude)
    factor = tf.norm(tutorial.gradient()[1]) / arena.measure(arena.start).gradient_norm
    lowest = float("inf")
    for _ in range(steps):
        measurement = arena.measure(tf.convert_to_tensor(descent.image))
        lowest = min(lowest, float(measurement.loss))
        descent.move(factor * measurement.gradient)
    return Reached(lowest, time.perf_counter() - began)


class FinishLines:
    """Watches our run from coarse to fine: when it reaches each goal, and what the preset's steps alone give.

    Args:
        goals: losses at the full size, by name.
    """

    def __init__(self, arena: Arena, goals: dict[str, float]) -> None:
        self._goals, self._last_scale = goals, len(arena.scales) - 1
        self._preset_steps = arena.scales[-1].steps
        self._began = time.perf_counter()
        self._lowest = float("inf")
        self._smaller, self._full = 0, 0
        self.reached: dict[str, dict[str, Any]] = {}
        self.preset_cost: dict[str, Any] = {}
        self.preset_picture: np.ndarray | None = None

    def report(self, record: StepRecord | Event, best_picture: Callable[[], np.ndarray]) -> None:
        """Take one report of the engine."""
        if isinstance(record, Event):
            return
        if record.scale < self._last_scale:
            self._smaller += 1
            return
        if self._full == self._preset_steps:
            # A picture is reported before the guard keeps it, so only now the last of the preset's steps counts.
            self.preset_picture = best_picture()
        self._full += 1
        if record.accepted:
            self._lowest = min(self._lowest, record.loss)
        for name, goal in self._goals.items():
            if self._lowest <= goal and name not in self.reached:
                self.reached[name] = self._cost()
        if self._full <= self._preset_steps:
            self.preset_cost = self._cost()

    def are_passed(self) -> bool:
        """Nothing more is to be learned from this run."""
        return self.preset_picture is not None and len(self.reached) == len(self._goals)

    def _cost(self) -> dict[str, Any]:
        return {
            "evaluations": self._full,
            "evaluations_at_smaller_sizes": self._smaller,
            "seconds": time.perf_counter() - self._began,
        }


class OurResult(NamedTuple):
    """What our run took: to each goal (None: not reached), and for the preset's picture with its loss."""

    reached: dict[str, dict[str, Any] | None]
    preset: dict[str, Any]
    preset_picture: np.ndarray


def our_result(arena: Arena, goals: dict[str, float], most_steps: int) -> OurResult:
    """Run ours until every goal is reached, for at most `most_steps` gradient evaluations at the full size."""
    lines = FinishLines(arena, goals)
    settings = arena.settings.replaced({"steps": max(most_steps, arena.scales[-1].steps + 1)})
    result = stylize(arena.content, arena.style, settings=settings, report=lines.report, stop=lines.are_passed)
    picture = result.image if lines.preset_picture is None else lines.preset_picture  # it may have converged before
    preset = {"loss": arena.loss(picture), **lines.preset_cost}
    return OurResult({name: lines.reached.get(name) for name in goals}, preset, picture)
