"""What is minimised: a content picture, styles and weights, posed at any size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias, TypeVar

import numpy as np
import tensorflow as tf

from steadystyle.core import discover, strips
from steadystyle.core.contracts import Backbone, Loss
from steadystyle.core.errors import WeightsError
from steadystyle.core.finite import all_finite
from steadystyle.core.flow import Measurement, Tell, Verdict
from steadystyle.core.injection import inject
from steadystyle.core.settings import Settings
from steadystyle.images.packed import Packed
from steadystyle.images.resize import fit, resize
from steadystyle.losses.content import Content
from steadystyle.losses.total_variation import TotalVariation
from steadystyle.transfer.measure import Measure, Term
from steadystyle.transfer.replay import first_fault
from steadystyle.transfer.scales import Scale, plan
from steadystyle.transfer.tiles import Tiled
from steadystyle.transfer.twice import made_twice

References: TypeAlias = Mapping[str, Iterable[tuple[tf.Tensor, float]]]
"""Term to the pictures (1, H, W, 3) that its target is made of, with their shares."""
Made = TypeVar("Made")

OUT_OF_MEMORY = (MemoryError, tf.errors.ResourceExhaustedError)
SMALLEST_TILE = 64
"""In pixels; smaller ones would be margin and little else."""
SMALLEST_LOSS_SCALE = 2.0**-16
MOST_SOFTENING = 1e4


class Posed:
    """The loss at one size: call it with a picture in a batch.

    It is the guard's engine: it can leave half precision, read its weights again, make its targets anew.
    """

    def __init__(self, problem: Problem, references: Callable[[], References], longest: int) -> None:
        self._problem, self._references, self._longest = problem, references, longest
        self._anew()

    def __call__(self, image: tf.Tensor) -> Measurement:
        """Measure `image` (1, H, W, 3), in smaller tiles if the memory does not suffice."""
        return self._problem.in_memory(lambda: self._problem.measure(image, self._targets), max(image.shape[1:3]))

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
        kept = self._problem.made(measure.backbone, others, measure.loss_scale)
        return kept.in_detail(image, {name: self._targets[name] for name in others})

    def _anew(self) -> bool:
        references = self._references()

        def targets() -> Mapping[str, Any]:
            return self._problem.in_memory(lambda: self._problem.measure.targets(references), self._longest)

        self._targets = made_twice(targets, "targets", self._problem.tell)
        return True


class Problem:
    """Content, styles (each (H, W, 3) float32) and the loss that settings make of them.

    Args:
        tell: told of what went wrong while targets were made, and was mended; and of memory that did not suffice.
        tile: of how many pixels a side larger pictures are measured in; None for whole ones.

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
        tile: int | None = None,
    ) -> None:
        self._settings, self.tell, self.tile = settings, tell, tile
        self._content, self._styles = Packed(content), [Packed(style) for style in styles]
        self._fitted: np.ndarray | None = content
        self._shortest = min(min(scale.height, scale.width) for scale in plan(settings, *content.shape[:2]))
        self.precision = precision
        self.measure = self._measure_in(precision)

    def _measure_in(self, precision: str) -> Measure:
        settings = self._settings
        found = discover.feature("steadystyle.backbones", settings.backbone, Backbone)  # type: ignore[type-abstract]
        backbone = found(pooling=settings.pooling, precision=precision, weights=settings.weights)
        style = discover.feature("steadystyle.losses.styles", settings.style_loss, Loss)  # type: ignore[type-abstract]
        terms = {
            "content": Term(Content(backbone.content_layers), settings.content_weight),
            "style": Term(style(backbone.style_layers), settings.style_weight),
            "total-variation": Term(TotalVariation(), settings.tv_weight),
        }
        return self.made(backbone, terms, loss_scale=1.0 if precision == "float16" else None)

    def made(self, backbone: Backbone, terms: Mapping[str, Term], loss_scale: float | None) -> Measure:
        """A measure of those terms, in tiles or not."""
        widens = self._shortest < backbone.smallest_side
        if self.tile is None:
            return Measure(backbone, terms, loss_scale=loss_scale, widens=widens)
        return Tiled(backbone, terms, loss_scale=loss_scale, widens=widens, tile=self.tile)

    def in_memory(self, make: Callable[[], Made], longest: int) -> Made:
        """What `make` makes by measuring; tiles are halved, and that is told, until it fits.

        Args:
            longest: side of what is measured, in pixels.

        Raises:
            MemoryError: the smallest tiles do not fit.
        """
        while True:
            try:
                return make()
            except OUT_OF_MEMORY as error:
                reason = reason_of(error)
            before = min(longest, self.tile or longest)
            if before <= SMALLEST_TILE:
                raise MemoryError(f"measuring in tiles of {before} pixels does not fit in memory ({reason})")
            self.tile = max(SMALLEST_TILE, before // 2)
            self.tell("memory", "out-of-memory", reason, f"measured in tiles of {self.tile} pixels", "the same loss")
            self.measure = self.made(self.measure.backbone, self.measure.terms, self.measure.loss_scale)

    @property
    def memory(self) -> dict[str, Any]:
        """What repairs have left of how it measures; `recall` takes it."""
        softening = {name: term.loss.softening for name, term in self.measure.terms.items()}
        return {
            "precision": self.precision,
            "loss_scale": self.measure.loss_scale,
            "softening": softening,
            "tile": self.tile,
        }

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Measure as a problem with that `memory` does; without a tile in it, in this problem's own."""
        if memory.get("tile", self.tile) != self.tile:
            self.tile = memory["tile"]
            self.measure = self._measure_in(self.precision)
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
        if self._fitted is None or self._fitted.shape[:2] != (scale.height, scale.width):
            self._fitted = self._content.picture()
        if self._fitted.shape[:2] != (scale.height, scale.width):
            self._fitted = self._resized(self._fitted, scale.height, scale.width, "content")
        return self._fitted

    def _resized(self, picture: np.ndarray, height: int, width: int, name: str) -> np.ndarray:
        """`picture` at another size."""
        where = f"resized {name}"
        return made_twice(lambda: inject(where, None, resize(picture, height, width)), where, self.tell)

    def batch(self, picture: np.ndarray) -> tf.Tensor:
        """(H, W, 3) to what is measured, (1, H, W, 3)."""
        return strips.adopted(np.asarray(picture, np.float32)[np.newaxis])

    def at(self, scale: Scale) -> Posed:
        """The loss at the size of `scale`, as a function of pictures in a `batch`."""

        def references() -> References:
            # Total variation has no target, so there is nothing to take the features of.
            return {
                "content": _Made(lambda: self._content_at(scale)),
                "style": _Made(lambda: self._styles_at(of_styles)),
            }

        longest = max(scale.height, scale.width)
        of_styles = max(1, round(longest * self._settings.style_scale))
        return Posed(self, references, max(longest, of_styles))

    def _content_at(self, scale: Scale) -> Iterator[tuple[tf.Tensor, float]]:
        """The content picture; a large one is not kept."""
        content = self.batch(self.content_at(scale))
        self._fitted = None if strips.is_large(scale.height, scale.width) else self._fitted
        yield content, 1.0

    def _styles_at(self, longest: int) -> Iterator[tuple[tf.Tensor, float]]:
        """The styles with that longest side, in equal shares; each is made when it is asked for, and not kept."""
        for number, packed in enumerate(self._styles, 1):
            style = packed.picture()
            height, width = fit(style.shape[0], style.shape[1], longest)
            yield self.batch(self._resized(style, height, width, f"style {number}")), 1 / len(self._styles)


class _Made:
    """Pictures that are made anew, one after the other, each time somebody goes through them."""

    def __init__(self, make: Callable[[], Iterator[tuple[tf.Tensor, float]]]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[tuple[tf.Tensor, float]]:
        return self._make()


def reason_of(error: Exception) -> str:
    """What an error out of memory says, in one line that is not too long."""
    return " ".join(str(error).split())[:100] or "an allocation failed"


def _finite(targets: Any) -> bool:
    return all(bool(all_finite(target)) for target in tf.nest.flatten(targets) if target is not None)
