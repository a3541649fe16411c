"""Finishing touches: a few steps of the optimisation from where the network ended.

The network is right about most of a picture at once; what is left of its loss falls by half in three steps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import tensorflow as tf

from steadystyle.core import safe_math
from steadystyle.core.contracts import Backbone
from steadystyle.core.flow import IMAGE, Measurement, Proposal
from steadystyle.core.settings import Settings
from steadystyle.feedforward.transport import Style
from steadystyle.losses.content import Content
from steadystyle.losses.styles.gram import Gram
from steadystyle.losses.total_variation import TotalVariation
from steadystyle.optimizers.lbfgs import Lbfgs

FIRST = 0.2
"""Of the length that L-BFGS gives a first step: that is for a picture that has all its way to go."""

Targets = Mapping[str, Mapping[str, tf.Tensor]]
"""What the losses aim at, by their name and by layer."""


class Touches:
    """The loss that `stylize` minimises with its defaults, and steps down from a picture.

    Args:
        encoder: whose features are compared.
    """

    def __init__(self, encoder: Backbone) -> None:
        settings, self._encoder = Settings(), encoder
        self._losses = {
            "content": (Content(encoder.content_layers), settings.content_weight),
            "style": (Gram(encoder.style_layers), settings.style_weight),
            "variation": (TotalVariation(), settings.tv_weight),
        }
        self._loss = tf.function(self._lost, autograph=False, reduce_retracing=True)
        self._gradient = tf.function(self._measured, autograph=False, reduce_retracing=True)

    def targets(self, content: Mapping[str, tf.Tensor], style: Style) -> dict[str, dict[str, tf.Tensor]]:
        """What a picture of that content in that style is to have.

        Args:
            content: features of the content picture, those of the encoder's `content_layers` among them.
            style: its mean and covariance make Gram matrices: E[xxᵀ] = C + mmᵀ.
        """
        grams = {layer: covariance + tf.einsum("c,d->cd", mean, mean) for layer, (mean, covariance) in style.items()}
        return {"content": {layer: content[layer] for layer in self._encoder.content_layers}, "style": grams}

    def __call__(self, image: tf.Tensor, targets: Targets, count: int) -> tf.Tensor:
        """The best of `image` (1, H, W, 3) and what `count` steps make of it, in the same form.

        A step to where the loss or its gradient is not finite is the last; it is not taken.
        """
        optimizer, best = Lbfgs(), Proposal(image, math.inf)
        proposal = Proposal(image, optimizer.start(image))
        for number in range(count):
            measurement = Measurement(proposal.image, *self._gradient(proposal.image, targets))
            if not measurement.is_finite:
                return best.image
            if float(measurement.loss) < best.state:
                best = Proposal(measurement.image, float(measurement.loss))
            proposal = optimizer.propose(measurement, proposal.state, FIRST if number == 0 else 1.0)
        # The last step is judged by its loss alone: no gradient is needed any more.
        return proposal.image if count and float(self._loss(proposal.image, targets)) < best.state else best.image

    def _lost(self, image: tf.Tensor, targets: Targets) -> tf.Tensor:
        features = self._encoder.features(image, [*self._encoder.style_layers, *self._encoder.content_layers])
        seen = {IMAGE: image, **features}
        return tf.add_n([weight * loss(seen, targets.get(name)) for name, (loss, weight) in self._losses.items()])

    def _measured(
        self, image: tf.Tensor, targets: Targets
    ) -> tuple[tf.Tensor, Mapping[str, tf.Tensor], tf.Tensor, tf.Tensor]:
        """What `Measurement` holds beside the picture; the single terms are not looked at."""
        with tf.GradientTape() as tape:
            tape.watch(image)
            loss = self._lost(image, targets)
        gradient = tape.gradient(loss, image)
        return loss, {}, gradient, safe_math.norm(gradient)
