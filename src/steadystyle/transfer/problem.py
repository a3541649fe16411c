"""What is minimised: a content picture, styles and weights, posed at any size."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from steadystyle.core import discover
from steadystyle.core.contracts import Backbone, Loss
from steadystyle.core.flow import Measurement
from steadystyle.core.settings import Settings
from steadystyle.images.resize import fit, resize
from steadystyle.losses.content import Content
from steadystyle.losses.total_variation import TotalVariation
from steadystyle.transfer.measure import Measure, Term
from steadystyle.transfer.scales import Scale


class Problem:
    """Content, styles (each (H, W, 3) float32) and the loss that settings make of them.

    Raises:
        WeightsError: the backbone's weights are missing or broken.
    """

    def __init__(self, settings: Settings, precision: str, content: np.ndarray, styles: list[np.ndarray]) -> None:
        found = discover.feature("steadystyle.backbones", settings.backbone, Backbone)  # type: ignore[type-abstract]
        backbone = found(pooling=settings.pooling, precision=precision, weights=settings.weights)
        style = discover.feature("steadystyle.losses.styles", settings.style_loss, Loss)  # type: ignore[type-abstract]
        self._settings, self._content, self._styles = settings, content, styles
        self._smallest_side = backbone.smallest_side
        self._measure = Measure(
            backbone,
            {
                "content": Term(Content(backbone.content_layers), settings.content_weight),
                "style": Term(style(backbone.style_layers), settings.style_weight),
                "total-variation": Term(TotalVariation(), settings.tv_weight),
            },
        )

    def content_at(self, scale: Scale) -> np.ndarray:
        """The content picture at the size of `scale`."""
        return resize(self._content, scale.height, scale.width)

    def batch(self, picture: np.ndarray) -> tf.Tensor:
        """(H, W, 3) to what is measured, (1, H, W, 3); below and right of what is too small for the network, its
        border repeats.
        """
        missing = [(0, max(0, self._smallest_side - side)) for side in picture.shape[:2]]
        return tf.constant(np.pad(picture, [*missing, (0, 0)], mode="symmetric")[np.newaxis], tf.float32)

    def at(self, scale: Scale) -> Callable[[tf.Tensor], Measurement]:
        """The loss at the size of `scale`, as a function of pictures in a `batch`."""
        longest = max(1, round(max(scale.height, scale.width) * self._settings.style_scale))
        styles = [self.batch(resize(style, *fit(style.shape[0], style.shape[1], longest))) for style in self._styles]
        content = self.batch(self.content_at(scale))
        # Total variation has no target, so there is nothing to take the features of.
        targets = self._measure.targets(
            {
                "content": [(content, 1.0)],
                "style": [(style, 1.0 / len(styles)) for style in styles],
            }
        )
        return lambda image: self._measure(image, targets)
