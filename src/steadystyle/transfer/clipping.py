"""A clip from `optimizers/clips` as the limit of an optimizer."""

from __future__ import annotations

import tensorflow as tf

from steadystyle.core import discover
from steadystyle.core.contracts import Clip, Limit, as_it_is


def clip_of(name: str) -> Clip:
    """The clip of that name."""
    return discover.feature("steadystyle.optimizers.clips", name, Clip)()  # type: ignore[type-abstract]


def limit_at(threshold: float | None, clip_by: str) -> Limit:
    """Clip at `threshold`, which is of a gradient per pixel; None clips nothing."""
    if threshold is None:
        return as_it_is
    clip = clip_of(clip_by)

    def limit(gradient: tf.Tensor, image: tf.Tensor) -> tf.Tensor:
        return clip([gradient], [image], threshold)[0]

    return limit
