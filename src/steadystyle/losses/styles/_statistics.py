"""What all style losses have in common: statistics of each layer, compared with those of the style."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from steadystyle.core.contracts import Loss
from steadystyle.core.flow import Features


class StatisticsLoss(Loss):
    """Mean over layers of a distance between statistics of the picture's features and of the style's.

    Several styles blend by their statistics. Each distance is scaled so that features that differ from the style's by
    a small factor 1 + d cost 4d², as they do in the Gram loss: a style weight then means about the same in all.
    """

    @abstractmethod
    def layer_sums(self, activations: tf.Tensor) -> Any:
        """Tensors of a fixed shape that say what is in `activations` (1, H, W, C), wherever it is, and add up."""

    @abstractmethod
    def statistics(self, sums: Any) -> Any:
        """What is compared: tensors that do not depend on how many places there are."""

    def aim(self, statistics: Any) -> Any:
        """What of the style's `statistics` the distance is measured from; made once, not in each step."""
        return statistics

    @abstractmethod
    def distance(self, statistics: Any, aim: Any) -> tf.Tensor:
        """How far a layer is from its aim, a scalar of at least 0."""

    def sums(self, features: Features, target: Any) -> dict[str, Any]:
        return {layer: self.layer_sums(features[layer]) for layer in self.layers}

    def blended(self, references: Sequence[tuple[dict[str, Any], float]]) -> dict[str, Any]:
        return {
            layer: self.aim(_blend([(self.statistics(sums[layer]), share) for sums, share in references]))
            for layer in self.layers
        }

    def value(self, sums: dict[str, Any], target: dict[str, Any]) -> tf.Tensor:
        distances = [self.distance(self.statistics(sums[layer]), target[layer]) for layer in self.layers]
        return tf.cast(tf.add_n(distances) / len(distances), sums[self.layers[0]].count.dtype)


def _blend(parts: Sequence[tuple[Any, float]]) -> Any:
    """The sum of statistics by their shares."""
    weighted = [tf.nest.map_structure(lambda tensor, by=share: by * tensor, part) for part, share in parts]
    return tf.nest.map_structure(lambda *tensors: tf.add_n(tensors), *weighted)
