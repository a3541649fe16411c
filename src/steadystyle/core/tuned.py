"""What a learning-rate range test found. Loads no TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Trial:
    """A few steps with one learning rate, from the picture that all trials start from.

    Attributes:
        learning_rate: that was tried.
        loss: reached at the end (the median of the last few); inf if a number went bad on the way.
        gradient: per pixel, the smallest threshold at which clipping would have changed nothing, as the 90th
            percentile over the steps; inf if a number went bad.
        losses: measured after each step, as far as they were finite.
    """

    learning_rate: float
    loss: float
    gradient: float
    losses: tuple[float, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Tuned:
    """Settings chosen by measuring, with the measurements.

    Attributes:
        learning_rate: the best of those that were tried, always finite and above 0.
        clip: a threshold for `clip_by`, finite and above 0; None if there was no gradient to measure.
        optimizer: that the learning rate is for.
        clip_by: what the threshold limits.
        start_loss: of the picture that the trials started from; not finite if that went bad.
        trials: in the order of their learning rates.
        height, width: of the picture that was measured, in pixels.
        evaluations: of loss and gradient that this took.
    """

    learning_rate: float
    clip: float | None
    optimizer: str
    clip_by: str
    start_loss: float
    trials: tuple[Trial, ...]
    height: int
    width: int
    evaluations: int
