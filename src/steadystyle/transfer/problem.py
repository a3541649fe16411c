"""What is minimised: a content picture, styles and weights, posed at any size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from steadystyle.core import discover
from steadystyle.core.contracts import Backbone, Loss
from steadystyle.core.errors import WeightsError
from steadystyle.core.finite import all_finite
from steadystyle.core.flow import Measurement, Tell, Verdict
from steadystyle.core.injection import inject
from steadystyle.core.settings import Settings
from steadystyle.images.resize import fit, resize
from steadystyle.losses.content import Content
from steadystyle.losses.total_variation import TotalVariation
from steadystyle.transfer.measure import Measure, Term
from steadystyle.transfer.replay import first_fault
from steadystyle.transfer.scales import Scale, plan
from steadystyle.transfer.twice import made_twice

SMALLEST_LOSS_SCALE = 2.0**-16
MOST_SOFTENING = 1e4


class Posed:
    """The loss at one size: call it with a picture in a batch.

    It is the guard's engine: it can leave half precision, read its weights again, make its targets anew.
    """

    def __init__(self, problem: Problem, references: Mapping[str, Sequence[tuple[tf.Tensor, float]]]) -> None:
        self._problem, self._references = problem, references
        self._anew()

    def __call__(self, image: tf.Tensor) -> Measurement:
        """Measure `image` (1, H, W, 3)."""
        return self._problem.measure(image, self._targets)

    def explain(self, verdict: Verdict, rejected: Measurement) -> Verdict:
        """The verdict, with the first bad number of a replay; one that does not come again has passed by itself."""
        found = first_fault(self._problem.measure, rejected.image, self._targets)
        if found is not None and not self._problem.measure.backbone.is_intact():
            evidence = f"{found.evidence}; the network's weights are no longer those that were read"
            return found._replace(cause="nonfinite-weights", evidence=evidence)
        if found is not None:
            return found
        evidence = f"{verdict.evidence}; computed again step by step, everything is finite"
        return verdict._replace(cause="backend-bug", evidence=evidence)

    def in_float32(self) -> bool:
        """From now on, at this size and the next ones; False if it is so already."""
        return self._problem.use_float32() and self._anew()

    def reload_weights(self) -> bool:
        """Read them again if they are no longer those that were read; False if they are, or cannot be read."""
        return self._problem.reload_weights() and self._anew()

    def renew_targets(self) -> bool:
        """Make them anew if one is not finite; False if all are."""
        return not _finite(self._targets) and self._anew()

    def lower_loss_scale(self) -> bool:
        """To a sixteenth; False if the loss is not scaled, or as little as it can be."""
        scale = self._problem.measure.loss_scale
        if scale is None or scale <= SMALLEST_LOSS_SCALE:
            return False
        self._problem.measure.loss_scale = scale / 16
        return True

    def raise_epsilon(self) -> bool:
        """A hundred times as much in each loss; False if it is ten thousand times the usual already."""
        return self._problem.soften(100.0) and self._anew()

    def without(self, term: str, image: tf.Tensor) -> Measurement | None:
        """Measure `image` without the loss of that name; None if there is none, or no other."""
        measure = self._problem.measure
        others = {name: kept for name, kept in measure.terms.items() if name != term}
        if not others or len(others) == len(measure.terms):
            return None
        kept = Measure(measure.backbone, others, measure.loss_scale, measure.widens)
        return kept.in_detail(image, {name: self._targets[name] for name in others})

    def _anew(self) -> bool:
        self._targets = made_twice(
            lambda: self._problem.measure.targets(self._references), "targets", self._problem.tell
        )
        return True


class Problem:
    """Content, styles (each (H, W, 3) float32) and the loss that settings make of them.

    Args:
        tell: told of what went wrong while targets were made, and was mended.

    Raises:
        WeightsError: the backbone's weights are missing or broken.
    """

    def __init__(
        self,
        settings: Settings,
        precision: str,
        content: np.ndarray,
        styles: list[np.ndarray],
        tell: Tell = lambda *_: None,
    ) -> None:
        self._settings, self._content, self._styles, self.tell = settings, content, styles, tell
        self._fitted = content
        self._shortest = min(min(scale.height, scale.width) for scale in plan(settings, *content.shape[:2]))
        self.precision = precision
        self.measure = self._measure_in(precision)

    def _measure_in(self, precision: str) -> Measure:
        settings = self._settings
        found = discover.feature("steadystyle.backbones", settings.backbone, Backbone)  # type: ignore[type-abstract]
        backbone = found(pooling=settings.pooling, precision=precision, weights=settings.weights)
        style = discover.feature("steadystyle.losses.styles", settings.style_loss, Loss)  # type: ignore[type-abstract]
        return Measure(
            backbone,
            {
                "content": Term(Content(backbone.content_layers), settings.content_weight),
                "style": Term(style(backbone.style_layers), settings.style_weight),
                "total-variation": Term(TotalVariation(), settings.tv_weight),
            },
            loss_scale=1.0 if precision == "float16" else None,
            widens=self._shortest < backbone.smallest_side,
        )

    @property
    def memory(self) -> dict[str, Any]:
        """What repairs have left of how it measures; `recall` takes it."""
        softening = {name: term.loss.softening for name, term in self.measure.terms.items()}
        return {"precision": self.precision, "loss_scale": self.measure.loss_scale, "softening": softening}

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Measure as a problem with that `memory` does."""
        if memory["precision"] != self.precision:
            self.use_float32()
        self.measure.loss_scale = memory["loss_scale"]
        for name, term in self.measure.terms.items():
            term.loss.softening = memory["softening"][name]

    def use_float32(self) -> bool:
        """Measure in float32 from now on; False if it is so already."""
        if self.precision == "float32":
            return False
        self.precision = "float32"
        self.measure = self._measure_in("float32")
        return True

    def reload_weights(self) -> bool:
        """Read the network again if its weights have changed since; False if not, or if they cannot be read."""
        if self.measure.backbone.is_intact():
            return False
        try:
            self.measure = self._measure_in(self.precision)
        except WeightsError:  # the guard is at work already, and gives up closed if nothing else helps
            return False
        return True

    def soften(self, factor: float) -> bool:
        """Multiply the losses' softening; False if it is at its limit."""
        losses = [term.loss for term in self.measure.terms.values()]
        if any(loss.softening * factor > MOST_SOFTENING for loss in losses):
            return False
        for loss in losses:
            loss.softening *= factor
        self.measure.forget_graph()
        return True

    def content_at(self, scale: Scale) -> np.ndarray:
        """The content picture at the size of `scale`; that of the last scale asked for is kept, as several ask."""
        if self._fitted.shape[:2] != (scale.height, scale.width):
            self._fitted = self._resized(self._content, scale.height, scale.width, "content")
        return self._fitted

    def _resized(self, picture: np.ndarray, height: int, width: int, name: str) -> np.ndarray:
        """`picture` at another size."""
        where = f"resized {name}"
        return made_twice(lambda: inject(where, None, resize(picture, height, width)), where, self.tell)

    def batch(self, picture: np.ndarray) -> tf.Tensor:
        """(H, W, 3) to what is measured, (1, H, W, 3)."""
        return tf.constant(picture[np.newaxis], tf.float32)

    def at(self, scale: Scale) -> Posed:
        """The loss at the size of `scale`, as a function of pictures in a `batch`."""
        longest = max(1, round(max(scale.height, scale.width) * self._settings.style_scale))
        styles = [
            self.batch(self._resized(style, *fit(style.shape[0], style.shape[1], longest), f"style {number}"))
            for number, style in enumerate(self._styles, 1)
        ]
        content = self.batch(self.content_at(scale))
        # Total variation has no target, so there is nothing to take the features of.
        references = {"content": [(content, 1.0)], "style": [(style, 1.0 / len(styles)) for style in styles]}
        return Posed(self, references)


def _finite(targets: Any) -> bool:
    return all(bool(all_finite(target)) for target in tf.nest.flatten(targets) if target is not None)
