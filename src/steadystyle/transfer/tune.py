"""Learning rate and clipping threshold by measuring: a range test at the smallest size."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from steadystyle.core import discover
from steadystyle.core.contracts import Clip, Optimizer
from steadystyle.core.flow import Measurement
from steadystyle.core.precision import choose_precision
from steadystyle.core.settings import AUTO, Settings
from steadystyle.core.tuned import Trial, Tuned
from steadystyle.images.arrays import Picture, as_picture, as_styles
from steadystyle.transfer.clipping import clip_of, limit_at
from steadystyle.transfer.problem import Posed, Problem
from steadystyle.transfer.scales import Scale, plan
from steadystyle.transfer.start import start_picture

FACTORS = tuple(2.0**power for power in range(-5, 6))
"""Of the optimizer's own learning rate: those that are tried, a thousandfold range with that rate in its middle."""
STEPS = 12
"""With each learning rate, always from the same picture. Measured, 4 and 24 choose the same to a factor of two."""
LAST = 3
"""A trial's loss is the median of so many last ones: one lucky step, or one overshot by a line search, is no result."""
AS_GOOD = 0.05
"""Losses that differ by this share are alike: so short a trial decides no closer, and of rates that are alike the one
next to the optimizer's own is the best guess. Measured, L-BFGS at twice its own rate was 1% ahead after 12 steps, and
ended a run 4% behind.
"""
PERCENTILE = 90
"""The threshold: this percentile of what the steps of the chosen trial would have needed, so one in ten is clipped.
Measured, Adam ends about a tenth lower with it, as the first gradients are by far the largest and it remembers them
long; at four times the threshold half of that is left. L-BFGS ends the same, to 1%, with any.
"""
DIGITS = 3


def tune(
    content: Picture,
    style: Picture | Sequence[Picture],
    *,
    settings: Settings | None = None,
    stop: Callable[[], bool] | None = None,
    **overrides: Any,
) -> Tuned:
    """Measure which learning rate and which clipping threshold suit a content, a style and settings.

    Args:
        content: a path, or an array (H, W, 3): float in [0, 1] or an integer type over its range; grey and alpha are
            accepted.
        style: the same; several styles in a list blend in equal shares.
        settings: what will be computed; the defaults if None. A learning rate given as a number is the only one tried.
        stop: asked before each evaluation; True ends the test with what was measured so far.
        overrides: single settings by name, over those of `settings`.

    Returns:
        the learning rate, the threshold in units of the gradient per pixel, and every trial. All of it is finite but
        the loss of a trial that went bad. The same for the same arguments.

    Raises:
        PictureError: a picture cannot be read or used.
        SettingsError: a setting has no possible meaning.
        WeightsError: the backbone's weights are missing or broken.

    Example:
        >>> tuned = steadystyle.tune("photo.jpg", "painting.jpg", optimizer="adam")
        >>> steadystyle.stylize("photo.jpg", "painting.jpg", optimizer="adam", learning_rate=tuned.learning_rate)

    Source: Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017, sec. 3.3. We leave it in starting
    each rate anew from the same picture: in one rising sweep, the rates tried last find a picture that is nearly done.
    """
    settings = (settings or Settings()).replaced(overrides).resolved()
    if settings.learning_rate is None:
        settings = settings.replaced({"learning_rate": AUTO})
    styles = [one.picture for one in as_styles(style)]
    picture = as_picture(content).picture
    problem = Problem(settings, choose_precision(settings.precision), picture, styles)
    scale = plan(settings, *picture.shape[:2])[0]
    generator = np.random.default_rng(settings.seed)
    start = start_picture(settings.init, problem.content_at(scale), styles[0], generator)
    return range_test(settings, problem, scale, start, stop or (lambda: False))


def range_test(
    settings: Settings, problem: Problem, scale: Scale, picture: np.ndarray, stop: Callable[[], bool]
) -> Tuned:
    """Try learning rates at `scale` from `picture` (H, W, 3), with at most 1 + STEPS evaluations for each.

    Of the rates whose trials ended as low as any, to a share of AS_GOOD, the one nearest to the optimizer's own is
    chosen; a trial that went bad loses. Where none ended below its start, it is the optimizer's own. A rate that is
    given as a number is the only one tried, and the optimizer's own where the settings leave it at None.
    """
    found = discover.feature("steadystyle.optimizers", settings.optimizer, Optimizer)  # type: ignore[type-abstract]
    optimizer = found(limit_at(None if settings.clip == AUTO else settings.clip, settings.clip_by))  # type: ignore[arg-type]
    own = optimizer.default_learning_rate
    rates = [settings.learning_rate or own]
    if settings.learning_rate == AUTO:
        rates = [own * factor for factor in FACTORS]
    bench = _Bench(problem.at(scale), optimizer, clip_of(settings.clip_by), stop)
    first = bench.measure(problem.batch(picture))
    trials = [bench.trial(first, float(rate)) for rate in rates]
    start_loss = float(first.loss)
    lowest = min(trial.loss for trial in trials)
    alike = [trial for trial in trials if trial.loss <= (1 + AS_GOOD) * lowest]
    best = min(alike, key=lambda trial: max(trial.learning_rate / own, own / trial.learning_rate))
    learning_rate = best.learning_rate if best.loss < start_loss or len(trials) == 1 else own
    return Tuned(
        learning_rate=learning_rate,
        clip=_threshold(best.gradient),
        optimizer=settings.optimizer,
        clip_by=settings.clip_by,
        start_loss=start_loss,
        trials=tuple(trials),
        height=scale.height,
        width=scale.width,
        evaluations=bench.evaluations,
    )


def _threshold(gradient: float) -> float | None:
    """For clipping, from what a good trial needed; None where that is no measure: nothing, or a number gone bad."""
    return float(f"{gradient:.{DIGITS}g}") if 0 < gradient < math.inf else None


class _Bench:
    """Where trials are made, and their evaluations counted."""

    def __init__(self, posed: Posed, optimizer: Optimizer, clip: Clip, stop: Callable[[], bool]) -> None:
        self._posed, self._optimizer, self._clip, self._stop = posed, optimizer, clip, stop
        self.evaluations = 0

    def measure(self, image: tf.Tensor) -> Measurement:
        """Loss and gradient at `image` (1, H, W, 3)."""
        self.evaluations += 1
        return self._posed(image)

    def trial(self, first: Measurement, rate: float) -> Trial:
        """STEPS steps with `rate` from what was measured first; there is no guard: what goes bad has lost."""
        measurement, state = first, self._optimizer.start(first.image)
        losses: list[float] = []
        needed: list[float] = []
        while measurement.is_finite and len(losses) < STEPS and not self._stop():
            needed.append(self._needed(measurement))
            image, state = self._optimizer.propose(measurement, state, rate)
            measurement = self.measure(image)
            losses.append(float(measurement.loss))
        if not measurement.is_finite or not losses:
            finite = tuple(loss for loss in losses if math.isfinite(loss))
            return Trial(rate, math.inf, math.inf, finite)
        return Trial(rate, float(np.median(losses[-LAST:])), float(np.percentile(needed, PERCENTILE)), tuple(losses))

    def _needed(self, measurement: Measurement) -> float:
        """The smallest threshold that would change nothing at this gradient."""
        return self._clip.harmless_threshold([measurement.gradient_per_pixel], [measurement.image])
