"""The values that move between the rooms.

    images ─► backbones ─► losses ─► (gradient) ─► optimizers ─► guard ─► image
    picture    Features     terms    Measurement    Proposal     Verdict   accepted, or rolled back

A picture is float32 (1, H, W, 3), sRGB, in [0, 1], everywhere but inside a backbone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import tensorflow as tf

IMAGE = "image"
"""The name under which the picture itself stands among its features."""

Features = Mapping[str, tf.Tensor]
"""Layer name to activations (1, h, w, C); `IMAGE` to the picture."""


class Measurement(NamedTuple):
    """What was measured at one picture.

    Attributes:
        image: the picture (1, H, W, 3).
        loss: the weighted sum of the terms, scalar float32.
        terms: each loss by name, not yet weighted.
        gradient: of `loss` in the picture, (1, H, W, 3) float32.
        gradient_norm: Euclidean; inf only where an entry is not finite or the true norm exceeds float32.
    """

    image: tf.Tensor
    loss: tf.Tensor
    terms: Mapping[str, tf.Tensor]
    gradient: tf.Tensor
    gradient_norm: tf.Tensor


class Proposal(NamedTuple):
    """The picture that an optimizer wants measured next, and its state if that picture is accepted."""

    image: tf.Tensor
    state: Any


class Verdict(NamedTuple):
    """The guard's decision on something measured or proposed, with the evidence for it."""

    accepted: bool
    cause: str = ""
    where: str = ""
    evidence: str = ""
