"""A picture measured tile by tile: the same loss and gradient, in the memory of one tile.

All that a loss knows of a picture are sums over places. So they are gathered tile by tile; the loss, and its slope
along each sum, are had once for the whole; and tile by tile, each with its features made again, the slopes go back to
the pixels. A tile is looked at with a margin as wide as the network sees, cut where its poolings cut, and counts only
its own places: each place is then what it is in the whole picture, and counts once.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from steadystyle.core import safe_math
from steadystyle.core.aligned import blank
from steadystyle.core.contracts import Backbone, Sight
from steadystyle.core.flow import IMAGE, Features, Measurement
from steadystyle.core.freed import give_back
from steadystyle.core.injection import inject
from steadystyle.core.strips import adopted, is_large, norm
from steadystyle.transfer.measure import Measure, Term, any_size, mean

Nest = Any
"""Tensors in dictionaries and tuples."""


class Span(NamedTuple):
    """Pixels along one side of a picture: those from `start` to `stop` count, those from `first` to `last` are seen."""

    first: int
    start: int
    stop: int
    last: int


class Piece(NamedTuple):
    """A part of a picture, down and across; `sign` is -1 for one that is taken off again."""

    down: Span
    across: Span
    sign: float = 1.0

    @property
    def seen(self) -> tuple[slice, slice, slice]:
        """Where it is in a picture (1, H, W, 3)."""
        return slice(None), slice(self.down.first, self.down.last), slice(self.across.first, self.across.last)

    def own(self, stride: int) -> tuple[slice, slice, slice]:
        """Which places of a layer with that stride count, in the whole picture's activations (1, h, w, C)."""
        rows, columns = (slice(side.start // stride, _end(side) // stride) for side in (self.down, self.across))
        return slice(None), rows, columns

    @property
    def box(self) -> np.ndarray:
        """Top, left, bottom and right of the pixels that count, among those that are seen."""
        sides = (self.down, self.across)
        return np.array([s.start - s.first for s in sides] + [_end(s) - s.first for s in sides], np.int32)


UNBOUNDED = 1 << 30
"""The end of what counts at the end of a picture: all that is left."""


def _end(span: Span) -> int:
    return UNBOUNDED if span.stop == span.last else span.stop


def spans(length: int, side: int, sight: Sight) -> list[Span]:
    """A side of `length` pixels in parts of about equal length, at most `side`, the last with what is left of a stride.

    Each begins where a place of the coarsest layer begins; no part is shorter than a stride unless the whole is.
    """
    blocks = max(1, length // sight.stride)
    count = -(-blocks // max(1, side // sight.stride))
    margin = -(-sight.reach // sight.stride) * sight.stride
    starts = [blocks * number // count * sight.stride for number in range(count)]
    return [
        Span(max(0, start - margin), start, stop, min(length, stop + margin))
        for start, stop in zip(starts, [*starts[1:], length], strict=True)
    ]


def rows_with_neighbours(height: int, width: int, pixels: int) -> Iterator[Piece]:
    """Strips of a picture of about `pixels` pixels that share a row, and those rows by themselves to be taken off.

    A sum over pixels and pairs of neighbours is then that of the whole picture.
    """
    count = min(max(1, height - 1), -(-height * width // pixels))
    borders = [(height - 1) * number // count for number in range(count + 1)]
    across = Span(0, 0, width, width)
    for top, bottom in itertools.pairwise(borders):
        yield Piece(Span(top, top, bottom + 1, bottom + 1), across)
    for row in borders[1:-1]:
        yield Piece(Span(row, row, row + 1, row + 1), across, sign=-1.0)


class Tiled(Measure):
    """Measures pictures in tiles where they are larger than one; their graphs are traced once for all tiles and sizes.

    Args:
        tile: of how many pixels a side, at least the network's smallest side.

    The others are those of `Measure`. Where the sums of a loss do not add up, its class says what it is in tiles.
    """

    def __init__(
        self,
        backbone: Backbone,
        terms: Mapping[str, Term],
        loss_scale: float | None = None,
        widens: bool = False,
        *,
        tile: int,
    ) -> None:
        super().__init__(backbone, terms, loss_scale, widens)
        self.tile = max(tile, backbone.smallest_side)
        sights = [backbone.sight(layer) for layer in self.all_layers()]
        self.sight = Sight(max((s.stride for s in sights), default=1), max((s.reach for s in sights), default=0))
        self._parts = [part for part in (_Network(self), _Picture(self)) if part.names]
        self._graphs: dict[str, Any] = {}

    def splits(self, height: int, width: int) -> bool:
        """Whether such a picture is more than one tile."""
        return len(spans(height, self.tile, self.sight)) * len(spans(width, self.tile, self.sight)) > 1

    def __call__(self, image: tf.Tensor, targets: Mapping[str, Any]) -> Measurement:
        if not self.splits(*image.shape[1:3]):
            return super().__call__(image, targets)
        return self._in_tiles(image, targets, self._traced)

    def in_detail(self, image: tf.Tensor, targets: Mapping[str, Any]) -> Measurement:
        if not self.splits(*image.shape[1:3]):
            return super().in_detail(image, targets)
        return self._in_tiles(image, targets, lambda function, *values: function(*values))

    def forget_graph(self) -> None:
        super().forget_graph()
        self._graphs.clear()

    def by_parts(self, image: tf.Tensor) -> Iterator[tuple[str, dict[str, tf.Tensor]]]:
        if not self.splits(*image.shape[1:3]):
            yield from super().by_parts(image)
            return
        pixels = np.asarray(image)
        for piece in self.pieces(*image.shape[1:3]):
            where = f" of the tile at row {piece.down.start}, column {piece.across.start}"
            seen = self.activations(tf.constant(pixels[piece.seen]), self.all_layers())
            yield where, self.own(seen, tf.constant(piece.box))

    def pieces(self, height: int, width: int) -> list[Piece]:
        """The tiles of such a picture."""
        return [
            Piece(down, across)
            for down in spans(height, self.tile, self.sight)
            for across in spans(width, self.tile, self.sight)
        ]

    def own(self, activations: Features, box: tf.Tensor) -> dict[str, tf.Tensor]:
        """The places that count, of those that are seen.

        By `tf.slice`, whose gradient is a padding: that of `places[:, top:bottom, left:right]` takes ten times as long.
        """
        found = {}
        for layer, places in activations.items():
            first, last = tf.split(box // self.backbone.sight(layer).stride, 2)
            size = tf.minimum(last, tf.shape(places)[1:3]) - first
            found[layer] = tf.slice(places, tf.pad(first, [[1, 1]]), tf.concat([[1], size, [places.shape[-1]]], 0))
        return found

    def _target(self, name: str, references: Iterable[tuple[tf.Tensor, float]]) -> Any:
        loss = self.terms[name].loss
        if not loss.place_by_place or IMAGE in loss.layers:
            return super()._target(name, references)
        wide = [(self.large_enough(image), share) for image, share in references]
        if not any(self.splits(*image.shape[1:3]) for image, _ in wide):
            return super()._target(name, wide)
        whole: dict[str, np.ndarray] = {}
        height, width = wide[0][0].shape[1:3]
        for piece in self.pieces(height, width):
            parts = [(self._features_of(piece, image), share) for image, share in wide]
            kept = loss.target(parts)
            for layer, places in kept.items():
                stride = self.backbone.sight(layer).stride
                if layer not in whole:
                    # What came from one picture in half precision is in half precision without loss.
                    narrow = parts[0][0][layer].dtype if len(parts) == 1 and parts[0][1] == 1 else places.dtype
                    shape = (1, height // stride, width // stride, places.shape[-1])
                    whole[layer] = np.empty(shape, narrow.as_numpy_dtype)
                whole[layer][piece.own(stride)] = places
        return whole

    def _gathered(self, name: str, image: tf.Tensor) -> Any:
        image = self.large_enough(image)
        if not self.splits(*image.shape[1:3]) or IMAGE in self.terms[name].loss.layers:
            return super()._gathered(name, image)
        total = _Sums()
        for piece in self.pieces(*image.shape[1:3]):
            total.add(self.terms[name].loss.gathered(self._features_of(piece, image)))
        return total.nest()

    def _features_of(self, piece: Piece, image: tf.Tensor) -> Features:
        pixels = tf.constant(np.asarray(image)[piece.seen])
        found: Features = self._traced(self._own_features, pixels, tf.constant(piece.box))
        return found

    def _own_features(self, pixels: tf.Tensor, box: tf.Tensor) -> Features:
        return self.own(self.activations(pixels, [*self.layers, *self.watched]), box)

    def _in_tiles(self, image: tf.Tensor, targets: Mapping[str, Any], run: Callable[..., Any]) -> Measurement:
        pixels = np.asarray(image)
        height, width = pixels.shape[1:3]
        scale = tf.constant(inject("loss scale", None, self.loss_scale or 1.0), tf.float32) * float(height * width)
        sums: dict[str, Any] = {}
        seen = _Sums()
        for part in self._parts:
            total = _Sums()
            for piece in part.pieces(height, width):
                gathered, health = run(part.gather, *part.cut(piece, pixels, targets))
                total.add(gathered, piece.sign)
                seen.add(health)
            sums |= total.nest()
        others = {name: None if self.terms[name].loss.place_by_place else targets[name] for name in self.terms}
        loss, terms, slopes = run(self._slopes, sums, others, scale)
        gradient = blank(pixels.shape)
        gradient[:] = 0.0
        for part in self._parts:
            for piece in part.pieces(height, width):
                values = part.cut(piece, pixels, targets)
                share, health = run(part.scatter, *values, {name: slopes[name] for name in part.names}, scale)
                with np.errstate(all="ignore"):
                    (np.add if piece.sign > 0 else np.subtract)(gradient[piece.seen], share, gradient[piece.seen])
                seen.add(health)
        if is_large(height, width):
            give_back()  # what tiles were made of, before the optimizer needs room
        whole = adopted(inject("gradient", None, gradient))
        return Measurement(image, loss, terms, whole, norm(whole), _means(seen.nest()))

    def _slopes(
        self, sums: Mapping[str, Nest], targets: Mapping[str, Any], scale: tf.Tensor
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor], Nest]:
        """Loss and terms of a picture with these sums, and the slope of the loss, scaled, along each sum."""
        leaves = tf.nest.flatten(sums)
        with tf.GradientTape() as tape:
            tape.watch(leaves)
            loss, terms = self.judged(sums, targets)
            scaled = loss if self.loss_scale is None else loss * scale
        slopes = tape.gradient(scaled, leaves, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return loss, terms, tf.nest.pack_sequence_as(sums, slopes)

    def _traced(self, function: Callable[..., Any], *values: Nest) -> Any:
        """`function` of the values by a graph of its own, traced once for all sizes."""
        name = f"{type(function.__self__).__name__}.{function.__name__}"  # type: ignore[attr-defined]
        if name not in self._graphs:
            specs = tf.nest.map_structure(any_size, values)
            self._graphs[name] = tf.function(function, autograph=False).get_concrete_function(*specs)
        return self._graphs[name](*values)


class _Network:
    """The terms that look at the network's layers: what they are of a tile, and its share of their gradient."""

    def __init__(self, measure: Tiled) -> None:
        self._measure = measure
        self.names = [name for name, term in measure.terms.items() if IMAGE not in term.loss.layers]

    def pieces(self, height: int, width: int) -> list[Piece]:
        return self._measure.pieces(height, width)

    def cut(self, piece: Piece, pixels: np.ndarray, targets: Mapping[str, Any]) -> tuple[Nest, ...]:
        """The pixels that are seen, which of them count, and what is wanted at their places."""
        measure, wanted = self._measure, {}
        for name in self.names:
            if measure.terms[name].loss.place_by_place:
                wanted[name] = {
                    layer: tf.constant(np.asarray(places)[piece.own(measure.backbone.sight(layer).stride)])
                    for layer, places in targets[name].items()
                }
        return tf.constant(pixels[piece.seen]), tf.constant(piece.box), wanted

    def gather(self, pixels: tf.Tensor, box: tf.Tensor, wanted: Mapping[str, Any]) -> tuple[Nest, Nest]:
        """The sums of the terms, and what is watched."""
        measure = self._measure
        seen = measure.activations(pixels, [*measure.layers, *measure.watched])
        features, flaw, health = measure.own(seen, box), _flaw(seen), {}
        for layer in measure.watched:
            count = tf.cast(tf.size(features[layer]), tf.float32)
            health[layer] = count, count * mean(features[layer]) + flaw
        return self._sums(features, wanted), health

    def scatter(
        self, pixels: tf.Tensor, box: tf.Tensor, wanted: Mapping[str, Any], slopes: Nest, scale: tf.Tensor
    ) -> tuple[tf.Tensor, Nest]:
        """The gradient that reaches the pixels; of what is watched, only whether it is finite this time too."""
        measure = self._measure
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            seen = measure.activations(pixels, [*measure.layers, *measure.watched])
            sums = self._sums(measure.own({layer: seen[layer] for layer in measure.layers}, box), wanted)
        health = dict.fromkeys(measure.watched, (tf.constant(0.0), _flaw(seen)))
        return _back(tape, sums, pixels, slopes, measure.loss_scale, scale), health

    def _sums(self, features: Features, wanted: Mapping[str, Any]) -> Nest:
        return self._measure.sums(self.names, features, dict.fromkeys(self.names) | dict(wanted))


class _Picture:
    """The terms that look at the picture itself, at pixels and pairs of neighbours."""

    def __init__(self, measure: Tiled) -> None:
        self._measure = measure
        self.names = [name for name, term in measure.terms.items() if IMAGE in term.loss.layers]

    def pieces(self, height: int, width: int) -> list[Piece]:
        return list(rows_with_neighbours(height, width, self._measure.tile**2))

    def cut(self, piece: Piece, pixels: np.ndarray, targets: Mapping[str, Any]) -> tuple[Nest, ...]:
        return (tf.constant(pixels[piece.seen]),)

    def gather(self, pixels: tf.Tensor) -> tuple[Nest, Nest]:
        """The sums of the terms."""
        return self._measure.sums(self.names, {IMAGE: pixels}, dict.fromkeys(self.names)), {}

    def scatter(self, pixels: tf.Tensor, slopes: Nest, scale: tf.Tensor) -> tuple[tf.Tensor, Nest]:
        """The gradient that reaches the pixels."""
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            sums, _ = self.gather(pixels)
        return _back(tape, sums, pixels, slopes, self._measure.loss_scale, scale), {}


def _flaw(seen: Features) -> tf.Tensor:
    """0, or NaN if a number is not finite among all that is seen: a pool may swallow it on its way from the margin, and
    what counts is then wrong and finite.
    """
    return tf.add_n([0.0 * mean(places) for places in seen.values()])


def _back(
    tape: tf.GradientTape, sums: Nest, pixels: tf.Tensor, slopes: Nest, loss_scale: float | None, scale: tf.Tensor
) -> tf.Tensor:
    """The slopes along the sums as slopes along the pixels, no longer scaled."""
    gradient = tape.gradient(tf.nest.flatten(sums), pixels, output_gradients=tf.nest.flatten(slopes))
    return gradient if loss_scale is None else safe_math.divide(gradient, scale, floor=0.0)


class _Sums:
    """Nests of tensors, added up in float64: a sum of a hundred tiles is as exact as that of one."""

    def __init__(self) -> None:
        self._first: Nest = None
        self._totals: list[np.ndarray] = []

    def add(self, nest: Nest, sign: float = 1.0) -> None:
        """Add a nest of the same form as the others; one that is empty is none."""
        leaves = [np.asarray(leaf).astype(np.float64) for leaf in tf.nest.flatten(nest)]
        if not leaves:
            return
        with np.errstate(all="ignore"):
            if self._first is None:
                self._first, self._totals = nest, [sign * leaf for leaf in leaves]
            else:
                self._totals = [total + sign * leaf for total, leaf in zip(self._totals, leaves, strict=True)]

    def nest(self) -> Nest:
        """The totals, in the type of what was added; an empty nest if nothing was."""
        if self._first is None:
            return {}
        with np.errstate(over="ignore"):
            totals = (
                tf.constant(total.astype(first.dtype.as_numpy_dtype))
                for total, first in zip(self._totals, tf.nest.flatten(self._first), strict=True)
            )
            return tf.nest.pack_sequence_as(self._first, list(totals))


def _means(health: Mapping[str, tuple[tf.Tensor, tf.Tensor]]) -> dict[str, tf.Tensor]:
    return {layer: safe_math.divide(total, count, floor=1.0) for layer, (count, total) in health.items()}
