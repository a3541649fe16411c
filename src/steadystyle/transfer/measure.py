"""Loss and gradient of a picture: backbone, losses, weighted sum, one backward pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from steadystyle.core import safe_math
from steadystyle.core.contracts import Backbone, Loss
from steadystyle.core.flow import IMAGE, Features, Measurement
from steadystyle.core.injection import inject


class Term(NamedTuple):
    """A loss and how much it counts."""

    loss: Loss
    weight: float


class Measure:
    """Measures pictures of any size against targets; the graph is traced once for all sizes.

    Args:
        backbone: gives the features.
        terms: by name; one whose weight is 0 is left out.
        loss_scale: what the loss is multiplied with, per pixel, on its way back through the network, and the gradient
            divided by: in float16 slopes below 6e-8 are lost. None for no scaling, which bfloat16 and float32 do not
            need.

        widens: whether pictures may be smaller than the network can take; their borders are then mirrored on the way
            in.

    Source of the scaling: Micikevicius et al., "Mixed Precision Training", ICLR 2018, sec. 3.2.
    """

    def __init__(
        self, backbone: Backbone, terms: Mapping[str, Term], loss_scale: float | None = None, widens: bool = False
    ) -> None:
        self.backbone, self.loss_scale, self.widens = backbone, loss_scale, widens
        self.terms = {name: term for name, term in terms.items() if term.weight > 0}
        self.layers = sorted({layer for term in self.terms.values() for layer in term.loss.layers} - {IMAGE})
        self.watched = self._unseen()
        self._graph: Any = None

    def features(self, image: tf.Tensor) -> Features:
        """What the terms look at for `image` (1, H, W, 3), and what is watched."""
        return {IMAGE: image, **self.activations(image, [*self.layers, *self.watched])}

    def activations(self, image: tf.Tensor, layers: Sequence[str]) -> dict[str, tf.Tensor]:
        """Those layers of the network for `image` (1, H, W, 3)."""
        if not layers:
            return {}
        return self.backbone.features(_mirrored(image, self.backbone.smallest_side) if self.widens else image, layers)

    def by_parts(self, image: tf.Tensor) -> Iterator[tuple[str, dict[str, tf.Tensor]]]:
        """Every layer for `image` (1, H, W, 3), from shallow to deep, part by part; with the part in words."""
        yield "", self.activations(image, self.all_layers())

    def all_layers(self) -> tuple[str, ...]:
        """Every layer of the network and the poolings between, from shallow to the deepest that a term looks at."""
        needed = [number for number, layer in enumerate(self.backbone.layers) if layer in self.layers]
        used = self.backbone.layers[: max(needed, default=-1) + 1]
        return tuple(name for layer in used for name in (self.backbone.pool_before(layer), layer) if name is not None)

    def _unseen(self) -> list[str]:
        """What no term looks at: a ReLU or a maximum after it may swallow a NaN, so that no loss shows it."""
        return [layer for layer in self.all_layers() if layer not in self.layers]

    def targets(self, references: Mapping[str, Iterable[tuple[tf.Tensor, float]]]) -> dict[str, Any]:
        """The target of each term from its reference pictures (1, H, W, 3) with their shares.

        One picture is looked at after the other: if they are made on the way, one is in memory at a time.
        """
        found = {name: self._target(name, references.get(name, ())) for name in self.terms}
        # Total variation has none.
        return {name: target and inject(f"target of {name}", None, target) for name, target in found.items()}

    def _target(self, name: str, references: Iterable[tuple[tf.Tensor, float]]) -> Any:
        return self.terms[name].loss.blended([(self._gathered(name, image), share) for image, share in references])

    def _gathered(self, name: str, image: tf.Tensor) -> Any:
        """What the target of that term is made of, from one reference picture."""
        return self.terms[name].loss.gathered(self.features(self.large_enough(image)))

    def large_enough(self, image: tf.Tensor) -> tf.Tensor:
        """A reference picture (1, H, W, 3), mirrored at its border if the network cannot take it as it is."""
        smallest = self.backbone.smallest_side
        return _mirrored(image, smallest) if min(image.shape[1:3]) < smallest else image

    def __call__(self, image: tf.Tensor, targets: Mapping[str, Any]) -> Measurement:
        """Measure `image` (1, H, W, 3)."""
        scale = tf.constant(inject("loss scale", None, self.loss_scale or 1.0), tf.float32)
        if self._graph is None:
            specs = tf.nest.map_structure(any_size, (image, dict(targets), scale))
            # Without autograph, which costs half of the tracing: nothing here branches on a tensor.
            self._graph = tf.function(self._measure, autograph=False).get_concrete_function(*specs)
        return Measurement(image, *self._graph(image, dict(targets), scale))

    def in_detail(self, image: tf.Tensor, targets: Mapping[str, Any]) -> Measurement:
        """The same, operation by operation instead of by the graph."""
        return Measurement(image, *self._measure(image, targets, tf.constant(self.loss_scale or 1.0)))

    def forget_graph(self) -> None:
        """Trace anew at the next measurement, as the losses have changed."""
        self._graph = None

    def _measure(self, image: tf.Tensor, targets: Mapping[str, Any], scale: tf.Tensor) -> tuple[Any, ...]:
        with tf.GradientTape() as tape:
            tape.watch(image)
            features = self.features(image)
            loss, terms = self.judged(self.sums(self.terms, features, targets), targets)
            if self.loss_scale is not None:
                scale *= tf.cast(tf.size(image[..., 0]), tf.float32)
            scaled = loss if self.loss_scale is None else loss * scale
        gradient = tape.gradient(scaled, image)
        if self.loss_scale is not None:
            gradient = safe_math.divide(gradient, scale, floor=0.0)
        gradient = inject("gradient", None, gradient)
        health = {layer: mean(features[layer]) for layer in self.watched}
        return loss, terms, gradient, safe_math.norm(gradient), health

    def sums(self, names: Iterable[str], features: Features, targets: Mapping[str, Any]) -> dict[str, Any]:
        """What those terms know of a picture with these features, or of a part of it."""
        return {name: self.terms[name].loss.sums(features, targets[name]) for name in names}

    def judged(self, sums: Mapping[str, Any], targets: Mapping[str, Any]) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """The loss of a picture with these sums, and the terms that it is made of."""
        terms = {
            name: inject(f"term {name}", None, term.loss.value(sums[name], targets[name]))
            for name, term in self.terms.items()
        }
        # As one sum, which TensorFlow does not put into another order.
        weights = tf.constant([self.terms[name].weight for name in terms], tf.float32)
        return inject("loss", None, tf.reduce_sum(tf.stack(list(terms.values())) * weights)), terms


def mean(activations: tf.Tensor) -> tf.Tensor:
    """In float32. A sum overflows float16; bfloat16 has float32's range, and costs half the time to add."""
    wide = tf.cast(activations, tf.float32) if activations.dtype == tf.float16 else activations
    return tf.cast(tf.reduce_mean(wide), tf.float32)


def _mirrored(image: tf.Tensor, smallest: int) -> tf.Tensor:
    """`image` (1, H, W, 3) with sides of at least `smallest`: mirrored at its lower and right border, again and again.

    It is part of what is measured, so that the gradient at a mirrored pixel is that of the pixel itself.
    """
    for axis in (1, 2):
        length = tf.shape(image)[axis]
        place = tf.range(tf.maximum(length, smallest)) % (2 * length)
        image = tf.gather(image, tf.minimum(place, 2 * length - 1 - place), axis=axis)
    return image


def any_size(tensor: tf.Tensor | None) -> tf.TensorSpec | None:
    """The tensor's kind with its places left open: pictures and features (1, H, W, C) differ in size between scales."""
    if tensor is None:
        return None
    shape = [1, None, None, tensor.shape[-1]] if tensor.shape.rank == 4 else tensor.shape
    return tf.TensorSpec(shape, tensor.dtype)
