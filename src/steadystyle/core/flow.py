"""The values that move between the rooms.

    images ─► backbones ─► losses ─► (gradient) ─► optimizers ─► guard ─► image
    picture    Features     terms    Measurement    Proposal     Verdict   accepted, or rolled back

A picture is float32 (1, H, W, 3), sRGB, in [0, 1], everywhere but inside a backbone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol, TypeAlias

import tensorflow as tf

IMAGE = "image"
"""The name under which the picture itself stands among its features."""

Tell: TypeAlias = Callable[[str, str, str, str, str], None]
"""Told of an event: where, cause, evidence, remedy, effect."""

Features = Mapping[str, tf.Tensor]
"""Layer name to activations (1, h, w, C); `IMAGE` to the picture."""


class Measurement(NamedTuple):
    """What was measured at one picture.

    Attributes:
        image: the picture (1, H, W, 3).
        loss: the weighted sum of the terms, scalar float32.
        terms: each loss by name, not yet weighted.
        gradient: of `loss` in the picture, (1, H, W, 3) float32; None where a large picture's is no longer kept.
        gradient_norm: Euclidean; inf only where an entry is not finite or the true norm exceeds float32.
        health: mean activation, by name from shallow to deep, of the layers that no term looks at: a ReLU or a maximum
            may swallow a NaN, and then nothing after it shows that the network is ill.
    """

    image: tf.Tensor
    loss: tf.Tensor
    terms: Mapping[str, tf.Tensor]
    gradient: tf.Tensor
    gradient_norm: tf.Tensor
    health: Mapping[str, tf.Tensor] = {}

    @property
    def is_finite(self) -> bool:
        """The norm sees every entry of the gradient, the loss every term, the health what a pooling may hide."""
        return all(math.isfinite(float(number)) for number in (self.loss, self.gradient_norm, *self.health.values()))

    @property
    def pixels(self) -> tf.Tensor:
        """How many, as float32."""
        return tf.cast(self.image.shape[1] * self.image.shape[2], tf.float32)

    @property
    def gradient_per_pixel(self) -> tf.Tensor:
        """The gradient times H·W, of the same magnitude at every size: float32 keeps the products of small ones too."""
        return self.gradient * self.pixels


class Proposal(NamedTuple):
    """The picture that an optimizer wants measured next, and its state if that picture is accepted."""

    image: tf.Tensor
    state: Any


class Verdict(NamedTuple):
    """The guard's decision on something measured, with the evidence for it.

    Attributes:
        accepted: it may be built upon.
        cause: the id, for what is rejected.
        where: term, layer or tensor.
        evidence: in numbers.
        doubt: it is surprising and no more: if it comes out the same when it is made again, it is accepted.
    """

    accepted: bool
    cause: str = ""
    where: str = ""
    evidence: str = ""
    doubt: bool = False


class Past(NamedTuple):
    """What a check may compare a measurement with; all of the same size.

    Attributes:
        last: the last accepted measurement; None before the first.
        best_loss: the lowest accepted; inf before the first.
        since_best: measurements accepted since then.
        first_loss: the first accepted; inf before that.
    """

    last: Measurement | None = None
    best_loss: float = float("inf")
    since_best: int = 0
    first_loss: float = float("inf")


class Engine(Protocol):
    """What the guard and its remedies may ask of whoever measures."""

    def __call__(self, image: tf.Tensor) -> Measurement:
        """Measure a picture (1, H, W, 3)."""

    def explain(self, verdict: Verdict, rejected: Measurement) -> Verdict:
        """The verdict on a measurement that is not finite, with where the first bad number was made."""

    def in_float32(self) -> bool:
        """Measure in float32 from now on; False if it does already."""

    def renew_targets(self) -> bool:
        """Make the targets anew if they are not finite; False if they are."""

    def reload_weights(self) -> bool:
        """Read the network's weights again if they are no longer those that were read; False if they are."""

    def lower_loss_scale(self) -> bool:
        """Scale the loss less on its way through half precision; False if it is not scaled, or as little as can be."""

    def raise_epsilon(self) -> bool:
        """Add more, relative to scale, where losses divide, root and take logarithms; False if at the limit."""

    def without(self, term: str, image: tf.Tensor) -> Measurement | None:
        """Measure a picture without the loss of that name; None if there is none, or no other."""


class Fault(NamedTuple):
    """A rejected measurement, and what there is to go back to.

    Attributes:
        verdict: what is wrong with it.
        rejected: the measurement.
        proposal: what was to be measured, with the optimizer's state that came with it.
        last: an accepted measurement to go back to, the last one or the best; None before the first.
        last_state: the optimizer's state of the step that followed `last`.
        learning_rate: the schedule's, at this step.
        rate_factor: what repairs have left of it so far.
        propose: the optimizer's `propose`.
        start: the optimizer's `start`.
        engine: who measures; None in a loop that has no such thing.
    """

    verdict: Verdict
    rejected: Measurement
    proposal: Proposal
    last: Measurement | None
    last_state: Any
    learning_rate: float
    rate_factor: float
    propose: Callable[[Measurement, Any, float], Proposal]
    start: Callable[[tf.Tensor], Any]
    engine: Engine | None


class Treatment(NamedTuple):
    """What a remedy tries: the picture to measure next, with the state and the share of the learning rate that go with
    it; `done` and `effect` are for the report.
    """

    proposal: Proposal
    rate_factor: float
    done: str
    effect: str
