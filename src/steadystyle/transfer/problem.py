"""What is minimised: a content picture, styles and weights, posed at any size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import tensorflow as tf

from steadystyle.core import discover
from steadystyle.core.contracts import Backbone, Loss
from steadystyle.core.finite import all_finite
from steadystyle.core.flow import Measurement, Verdict
from steadystyle.core.settings import Settings
from steadystyle.images.resize import fit, resize
from steadystyle.losses.content import Content
from steadystyle.losses.total_variation import TotalVariation
from steadystyle.transfer.measure import Measure, Term
from steadystyle.transfer.replay import first_fault
from steadystyle.transfer.scales import Scale


class Posed:
    """The loss at one size: call it with a picture in a batch.

    It is the guard's engine: it can leave half precision, and make its targets anew.
    """

    def __init__(self, problem: Problem, references: Mapping[str, Sequence[tuple[tf.Tensor, float]]]) -> None:
        self._problem, self._references = problem, references
        self._targets = problem.measure.targets(references)

    def __call__(self, image: tf.Tensor) -> Measurement:
        """Measure `image` (1, H, W, 3)."""
        return self._problem.measure(image, self._targets)

    def explain(self, verdict: Verdict, rejected: Measurement) -> Verdict:
        """The verdict, with the first bad number of a replay; one that does not come again has passed by itself."""
        found = first_fault(self._problem.measure, rejected.image, self._targets)
        if found is not None:
            return found
        return verdict._replace(evidence=f"{verdict.evidence}; computed again step by step, everything is finite")

    def in_float32(self) -> bool:
        """From now on, at this size and the next ones; False if it is so already."""
        if not self._problem.use_float32():
            return False
        self._targets = self._problem.measure.targets(self._references)
        return True

    def renew_targets(self) -> bool:
        """Make them anew if one is not finite; False if all are."""
        targets = (target for target in tf.nest.flatten(self._targets) if target is not None)
        if all(bool(all_finite(target)) for target in targets):
            return False
        self._targets = self._problem.measure.targets(self._references)
        return True


class Problem:
    """Content, styles (each (H, W, 3) float32) and the loss that settings make of them.

    Raises:
        WeightsError: the backbone's weights are missing or broken.
    """

    def __init__(self, settings: Settings, precision: str, content: np.ndarray, styles: list[np.ndarray]) -> None:
        self._settings, self._content, self._styles = settings, content, styles
        self._fitted = content
        self.precision = precision
        self.measure = self._measure_in(precision)

    def _measure_in(self, precision: str) -> Measure:
        settings = self._settings
        found = discover.feature("steadystyle.backbones", settings.backbone, Backbone)  # type: ignore[type-abstract]
        backbone = found(pooling=settings.pooling, precision=precision, weights=settings.weights)
        style = discover.feature("steadystyle.losses.styles", settings.style_loss, Loss)  # type: ignore[type-abstract]
        self._smallest_side = backbone.smallest_side
        return Measure(
            backbone,
            {
                "content": Term(Content(backbone.content_layers), settings.content_weight),
                "style": Term(style(backbone.style_layers), settings.style_weight),
                "total-variation": Term(TotalVariation(), settings.tv_weight),
            },
        )

    def use_float32(self) -> bool:
        """Measure in float32 from now on; False if it is so already."""
        if self.precision == "float32":
            return False
        self.precision = "float32"
        self.measure = self._measure_in("float32")
        return True

    def content_at(self, scale: Scale) -> np.ndarray:
        """The content picture at the size of `scale`; that of the last scale asked for is kept, as several ask."""
        if self._fitted.shape[:2] != (scale.height, scale.width):
            self._fitted = resize(self._content, scale.height, scale.width)
        return self._fitted

    def batch(self, picture: np.ndarray) -> tf.Tensor:
        """(H, W, 3) to what is measured, (1, H, W, 3); below and right of what is too small for the network, its
        border repeats.
        """
        missing = [(0, max(0, self._smallest_side - side)) for side in picture.shape[:2]]
        return tf.constant(np.pad(picture, [*missing, (0, 0)], mode="symmetric")[np.newaxis], tf.float32)

    def at(self, scale: Scale) -> Posed:
        """The loss at the size of `scale`, as a function of pictures in a `batch`."""
        longest = max(1, round(max(scale.height, scale.width) * self._settings.style_scale))
        styles = [self.batch(resize(style, *fit(style.shape[0], style.shape[1], longest))) for style in self._styles]
        content = self.batch(self.content_at(scale))
        # Total variation has no target, so there is nothing to take the features of.
        return Posed(self, {"content": [(content, 1.0)], "style": [(style, 1.0 / len(styles)) for style in styles]})
