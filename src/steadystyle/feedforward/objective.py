"""What a network for styles of its own is trained to: the losses of `stylize`, for a batch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from steadystyle.backbones.compact import Compact
from steadystyle.core import discover
from steadystyle.core.contracts import Loss
from steadystyle.core.flow import IMAGE, Features
from steadystyle.core.settings import TrainSettings
from steadystyle.images.resize import fit, resize
from steadystyle.losses.content import Content
from steadystyle.losses.total_variation import TotalVariation


class StyleObjective:
    """Each picture of a batch is measured by itself, as `stylize` measures one; a term is the mean of theirs.

    The style is matched at the picture's size and at halves of it: at one size alone the cheapest texture, which a
    small network learns first, is a fine hatch over all that is flat, of which nothing is left at half the size.

    Args:
        styles: (H, W, 3) float32 in [0, 1] each.
        precision: of the backbone's convolutions; the losses sum in float32 at least.
        weights: of the backbone, instead of its own.
    """

    def __init__(
        self, styles: Sequence[np.ndarray], settings: TrainSettings, precision: str, weights: Path | None = None
    ) -> None:
        self._backbone = Compact(pooling="max", precision=precision, weights=weights)
        kind = discover.feature("steadystyle.losses.styles", settings.style_loss, Loss)  # type: ignore[type-abstract]
        self._content, self._style = Content(self._backbone.content_layers), kind(self._backbone.style_layers)
        self._variation = TotalVariation()
        self._weights = settings.content_weight, settings.style_weight, settings.tv_weight
        self._targets = [
            self._targets_at(styles, max(1, settings.style_size >> halved)) for halved in range(settings.style_scales)
        ]

    def _targets_at(self, styles: Sequence[np.ndarray], size: int) -> Any:
        """Of all styles, stacked."""
        targets = [self._style.target([(self._seen_of(style, size), 1.0)]) for style in styles]
        return tf.nest.map_structure(lambda *of_styles: tf.stack(of_styles), *targets)

    def _seen_of(self, style: np.ndarray, size: int) -> Features:
        """A style picture's features at the size that it is learnt at."""
        fitted = resize(style, *fit(style.shape[0], style.shape[1], size))
        short = [max(0, self._backbone.smallest_side - side) for side in fitted.shape[:2]]
        mirrored = np.pad(fitted, [(0, short[0]), (0, short[1]), (0, 0)], mode="symmetric")
        return self._backbone.features(tf.constant(mirrored[np.newaxis]), self._style.layers)

    def __call__(self, images: tf.Tensor, made: tf.Tensor, shares: tf.Tensor) -> dict[str, tf.Tensor]:
        """The weighted terms.

        Args:
            images: the contents (N, H, W, 3), with N known.
            made: what the network made of them.
            shares: (N, S), the styles that it was asked for.
        """
        contents = self._backbone.features(images, self._content.layers)
        found = {IMAGE: made, **self._backbone.features(made, [*self._style.layers, *self._content.layers])}
        smaller = list[Features]()
        for _ in self._targets[1:]:
            made = tf.nn.avg_pool2d(made, 2, 2, "VALID")
            smaller.append(self._backbone.features(made, self._style.layers))
        at_sizes = zip(*(_pictures(one) for one in [found, *smaller]), strict=True)
        terms = [
            self._measured(one, content, share)
            for one, content, share in zip(at_sizes, _pictures(contents), tf.unstack(shares), strict=True)
        ]
        return {name: tf.add_n([of_one[name] for of_one in terms]) / len(terms) for name in terms[0]}

    def _measured(self, at_sizes: Sequence[Features], content: Features, share: tf.Tensor) -> dict[str, tf.Tensor]:
        """The terms of one picture, of what was found in it at its whole size, at half of it, and so on."""
        content_weight, style_weight, variation_weight = self._weights
        styles = []
        for found, targets in zip(at_sizes, self._targets, strict=True):
            target = tf.nest.map_structure(lambda of_styles: _mixed(of_styles, share), targets)
            styles.append(self._style(found, target))
        whole = at_sizes[0]
        return {
            "content": content_weight * self._content(whole, self._content.target([(content, 1.0)])),
            "style": style_weight * tf.add_n(styles) / len(styles),
            "total-variation": variation_weight * self._variation(whole, None),
        }


def _mixed(of_styles: tf.Tensor, share: tf.Tensor) -> Any:
    """(S, ...) and (S,) to (...): exactly one of them for a share of 1."""
    return tf.tensordot(tf.cast(share, of_styles.dtype), of_styles, 1)


def _pictures(features: Features) -> list[dict[str, tf.Tensor]]:
    """Of a batch (N, H, W, C), each picture's own (1, H, W, C)."""
    apart = {layer: tf.split(values, values.shape[0]) for layer, values in features.items()}
    return [dict(zip(apart, ones, strict=True)) for ones in zip(*apart.values(), strict=True)]
