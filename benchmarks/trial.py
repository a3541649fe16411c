"""One hostile problem put to every loop, and what each ends with; loads TensorFlow."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from benchmarks.contest import CONTENT_LAYER, fitted
from benchmarks.fates import WHOLE, fate
from benchmarks.hardships import Hardship, Pictures
from benchmarks.plain_loops import LOOPS, TUTORIAL, Objective
from benchmarks.rivals import Extract
from steadystyle.backbones.compact import Compact
from steadystyle.core.errors import PictureError
from steadystyle.core.injection import injecting
from steadystyle.core.settings import Settings
from steadystyle.optimizers.adam import Adam
from steadystyle.optimizers.lbfgs import Lbfgs
from steadystyle.transfer.problem import Problem
from steadystyle.transfer.scales import plan
from steadystyle.transfer.stylize import stylize

MAGNITUDE = 1000.0
"""What the features, of unit power, are multiplied with: the tutorial's weights are for VGG-19's, which are large. With
this the tutorial's loop works; more serve it better, and would be beyond float16.
"""
OURS = {"SteadyStyle": Lbfgs, "SteadyStyle, Adam": Adam}
"""Ours with its own optimizer, and with that of the others."""
NAMES = (*LOOPS, *OURS)
CRASHED, REFUSED, NO_BETTER = "crashed", "refused", "no better"


class Ending(NamedTuple):
    """What a loop ended with.

    Attributes:
        word: empty if the picture is whole and better than the one that it started from.
        whole: it is finite, of the right size, in [0, 1], and not degenerate.
        loss: ours, measured in float32; NaN for what cannot be measured.
    """

    word: str
    whole: bool
    loss: float


class Trial:
    """One hostile problem at one size.

    Args:
        given: a photograph and a painting.
        size: longest side in pixels.
        steps: gradient evaluations for each loop.
    """

    def __init__(self, hardship: Hardship, given: Pictures, size: int, steps: int) -> None:
        self._hardship, self._steps = hardship, steps
        self.settings = Settings(
            size=size, steps=steps, scales=1, precision=hardship.precision, style_loss=hardship.judged_by
        )
        changed = hardship.pictures(Pictures(*(fitted(picture, size) for picture in given)))
        self._sound = Pictures(fitted(changed.content, size), changed.style)
        self._handed = hardship.handed(self._sound.content)
        judge = Problem(self.settings, "float32", self._sound.content, [self._sound.style])
        self._batch = judge.batch
        self._measure = judge.at(plan(self.settings, *self._sound.content.shape[:2])[-1])
        self.start_loss = self.loss(self._sound.content)

    def loss(self, picture: np.ndarray) -> float:
        """Our loss of `picture` (H, W, 3), in float32 and with nothing hostile in it."""
        return float(self._measure(self._batch(picture)).loss)

    def endings(self) -> Iterator[tuple[str, Ending]]:
        """Each loop's by its name."""
        for name in NAMES:
            yield name, self.our_ending(name) if name in OURS else self.plain_ending(name)

    def our_ending(self, name: str) -> Ending:
        """SteadyStyle's."""
        optimizer = OURS[name]
        settings = self.settings.replaced(
            {
                **self._hardship.ours,
                "optimizer": optimizer.__name__.lower(),
                "learning_rate": self._hardship.rate * optimizer.default_learning_rate,
            }
        )
        try:
            with injecting(self._hardship.injector()):
                return self.ending(stylize(self._handed, self._sound.style, settings=settings).image)
        except PictureError:
            return Ending(REFUSED, False, float("nan"))

    def plain_ending(self, name: str) -> Ending:
        """A plain loop's; what TensorFlow itself refuses to compute leaves no picture."""
        start = self._handed[np.newaxis]
        try:
            return self.ending(LOOPS[name].picture(self._objective, start, self._hardship.trouble(), self._steps))
        except tf.errors.OpError:
            return Ending(CRASHED, False, float("nan"))

    @functools.cached_property
    def _objective(self) -> Objective:
        content, style = self._handed[np.newaxis], self._sound.style[np.newaxis]
        return Objective(self._extract(), content, style, **(TUTORIAL | dict(self._hardship.theirs)))

    def ending(self, picture: np.ndarray) -> Ending:
        """What `picture` is, beside the sound content."""
        word = fate(picture, self._sound.content)
        loss = self.loss(picture) if word == WHOLE else float("nan")
        return Ending(word or ("" if loss < self.start_loss else NO_BETTER), word == WHOLE, loss)

    def _extract(self) -> Extract:
        """The compact network as a user has a network: its features stay in its precision."""
        backbone = Compact(pooling=self.settings.pooling, precision=self.settings.precision)

        def extract(image: tf.Tensor) -> tuple[tf.Tensor, list[tf.Tensor]]:
            features = backbone.features(image, (CONTENT_LAYER, *Compact.style_layers))
            scaled = {layer: tf.cast(MAGNITUDE, value.dtype) * value for layer, value in features.items()}
            return scaled[CONTENT_LAYER], [scaled[layer] for layer in Compact.style_layers]

        return extract
