"""Loss and gradient of a picture: backbone, losses, weighted sum, one backward pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from steadystyle.core import safe_math
from steadystyle.core.contracts import Backbone, Loss
from steadystyle.core.flow import IMAGE, Features, Measurement


class Term(NamedTuple):
    """A loss and how much it counts."""

    loss: Loss
    weight: float


class Measure:
    """Measures pictures of any size against targets; the graph is traced once for all sizes.

    Args:
        backbone: gives the features.
        terms: by name; one whose weight is 0 is left out.
    """

    def __init__(self, backbone: Backbone, terms: Mapping[str, Term]) -> None:
        self._backbone = backbone
        self._terms = {name: term for name, term in terms.items() if term.weight > 0}
        self._layers = sorted({layer for term in self._terms.values() for layer in term.loss.layers} - {IMAGE})
        self._graph: Any = None

    def features(self, image: tf.Tensor) -> Features:
        """What the terms look at for `image` (1, H, W, 3)."""
        found: dict[str, tf.Tensor] = {IMAGE: image}
        if self._layers:
            found |= self._backbone.features(image, self._layers)
        return found

    def all_layers(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        """Every layer of the network for `image` (1, H, W, 3), from shallow to the deepest that a term looks at."""
        needed = [number for number, layer in enumerate(self._backbone.layers) if layer in self._layers]
        return self._backbone.features(image, self._backbone.layers[: max(needed, default=-1) + 1])

    def targets(self, references: Mapping[str, Sequence[tuple[tf.Tensor, float]]]) -> dict[str, Any]:
        """The target of each term from its reference pictures (1, H, W, 3) with their shares."""
        return {
            name: term.loss.target([(self.features(image), share) for image, share in references.get(name, ())])
            for name, term in self._terms.items()
        }

    def __call__(self, image: tf.Tensor, targets: Mapping[str, Any]) -> Measurement:
        """Measure `image` (1, H, W, 3)."""
        if self._graph is None:
            specs = tf.nest.map_structure(_any_size, (image, dict(targets)))
            # Without autograph, which costs half of the tracing: nothing here branches on a tensor.
            self._graph = tf.function(self._measure, autograph=False).get_concrete_function(*specs)
        return Measurement(image, *self._graph(image, dict(targets)))

    def in_detail(self, image: tf.Tensor, targets: Mapping[str, Any]) -> Measurement:
        """The same, operation by operation instead of by the graph."""
        return Measurement(image, *self._measure(image, targets))

    def _measure(self, image: tf.Tensor, targets: Mapping[str, Any]) -> tuple[Any, ...]:
        with tf.GradientTape() as tape:
            tape.watch(image)
            features = self.features(image)
            terms = {name: term.loss(features, targets[name]) for name, term in self._terms.items()}
            loss = tf.add_n([self._terms[name].weight * value for name, value in terms.items()])
        gradient = tape.gradient(loss, image)
        return loss, terms, gradient, safe_math.norm(gradient)


def _any_size(tensor: tf.Tensor | None) -> tf.TensorSpec | None:
    """The tensor's kind with its places left open: pictures and features (1, H, W, C) differ in size between scales."""
    if tensor is None:
        return None
    shape = [1, None, None, tensor.shape[-1]] if tensor.shape.rank == 4 else tensor.shape
    return tf.TensorSpec(shape, tensor.dtype)
