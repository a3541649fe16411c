"""Coarse to fine: the sizes that a picture goes through, and how many gradient evaluations each gets."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from steadystyle.core.aligned import blank
from steadystyle.core.settings import Settings
from steadystyle.images.resize import resize

COARSEST = 128
"""Longest side, in pixels, below which a smaller scale gains nothing: the deepest features see about 100 pixels."""


class Scale(NamedTuple):
    """One size of the picture and the gradient evaluations spent on it."""

    height: int
    width: int
    steps: int


def plan(settings: Settings, height: int, width: int) -> tuple[Scale, ...]:
    """The scales for a content picture of `height` x `width`, coarsest first, each half the next.

    The result's longest side is `settings.size`, its shape that of the content, each side at least one pixel.

    Source: Gatys et al., "Controlling Perceptual Factors in Neural Style Transfer", CVPR 2017, sec. 6 (coarse to fine).
    """
    settings = settings.resolved()
    longest = max(height, width)
    sides = [settings.size]
    while sides[-1] // 2 >= COARSEST and (settings.scales is None or len(sides) < settings.scales):
        sides.append(-(-sides[-1] // 2))
    scales = []
    for side in reversed(sides):
        steps = settings.steps if side == settings.size else settings.scale_steps
        assert steps is not None  # resolved() has filled it in
        scales.append(Scale(max(1, round(height * side / longest)), max(1, round(width * side / longest)), steps))
    return tuple(scales)


def planned_evaluations(settings: Settings, height: int, width: int) -> int:
    """How many gradient evaluations a run will make at most, over all scales."""
    return sum(scale.steps for scale in plan(settings, height, width))


def enlarge(picture: np.ndarray, content: np.ndarray) -> np.ndarray:
    """`picture` at the size of `content` (H, W, 3), with the content's own detail that the smaller size could not hold.

    Starting the next scale with that detail instead of a blur costs nothing and saves a few evaluations.
    """
    height, width = content.shape[:2]
    if picture.shape == content.shape:
        return picture
    enlarged = blank(content.shape)
    for channel in range(3):  # a large picture is in memory often enough
        plane = slice(channel, channel + 1)
        enlarged[..., plane] = resize(picture[..., plane], height, width)
        enlarged[..., plane] += content[..., plane]
        enlarged[..., plane] -= resize(resize(content[..., plane], *picture.shape[:2]), height, width)
    return np.clip(enlarged, 0, 1, out=enlarged)
