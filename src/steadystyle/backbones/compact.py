"""The compact network: a VGG-19 in miniature, trained by us, whose weights ship in the package."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from steadystyle.backbones import _names
from steadystyle.backbones._stack import run_stack
from steadystyle.core.contracts import Backbone, Sight
from steadystyle.core.errors import WeightsError
from steadystyle.core.weights import fingerprint, read_arrays

BLOCKS = (2, 2, 4, 4, 1)
OWN_WEIGHTS = Path(__file__).with_name("compact.npz")
OWN_SHA256 = Path(__file__).with_name("compact.sha256")


class Compact(Backbone):
    """16 times fewer weights than VGG-19 and about 15 times faster, with VGG-19's layer names.

    Its features are distilled from VGG-19's (see `training/compact`). Those of the content and style layers are
    multiplied by a small matrix that puts them in the metric of what they are distilled from: a Gram matrix of 128
    channels here is as far from another as VGG-19's of 512 channels are from each other, at a sixteenth of the
    arithmetic.

    Source: the architecture and the idea of distilling with heads from Wang et al., "Collaborative Distillation for
    Ultra-Resolution Universal Style Transfer", CVPR 2020; the weights are our own.
    """

    layers = _names.stack_layers(BLOCKS)
    content_layers = ("relu4_2",)
    style_layers = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
    metric_layers = (*style_layers, *content_layers)
    smallest_side = 16
    bytes_of_graph, bytes_of_content = 600.0, 8.0

    def __init__(self, *, pooling: str, precision: str, weights: Path | None = None) -> None:
        arrays = _read(weights) if weights else _read(OWN_WEIGHTS, OWN_SHA256)
        self._convolutions = {
            layer[4:]: (tf.constant(arrays[f"{layer}.kernel"]), tf.constant(arrays[f"{layer}.bias"]))
            for layer in self.layers
        }
        self._metrics = {layer: tf.constant(arrays[f"{layer}.metric"]) for layer in self.metric_layers}
        self._pooling, self._dtype = pooling, tf.as_dtype(precision)
        self.as_read = fingerprint((self._convolutions, self._metrics))

    def pool_before(self, layer: str) -> str | None:
        return _names.pool_before(layer)

    def is_intact(self) -> bool:
        return fingerprint((self._convolutions, self._metrics)) == self.as_read

    @classmethod
    def sight(cls, layer: str) -> Sight:
        return _names.stack_sight(layer, BLOCKS, "compact")

    def features(self, image: tf.Tensor, layers: Sequence[str]) -> dict[str, tf.Tensor]:
        wanted = _names.checked(layers, self.layers, "compact")
        found = run_stack(image, self._convolutions, BLOCKS, wanted, pooling=self._pooling, dtype=self._dtype)
        for layer in set(wanted) & set(self._metrics):
            found[layer] = tf.matmul(found[layer], tf.cast(self._metrics[layer], self._dtype))
        return _names.as_asked(found, layers)


def _read(path: Path, sha256_file: Path | None = None) -> dict[str, np.ndarray]:
    """The arrays as float32, checked by hash where one is known, by shape and for sane numbers always."""
    arrays = read_arrays(path, "compact", sha256_file)
    inputs = 3
    for layer in Compact.layers:
        kernel, bias = arrays.get(f"{layer}.kernel"), arrays.get(f"{layer}.bias")
        if kernel is None or bias is None or kernel.shape != (3, 3, inputs, bias.size) or bias.ndim != 1:
            raise WeightsError(f"compact: {path} does not hold a 3x3 convolution with {inputs} inputs for {layer}")
        inputs = len(bias)
        metric = arrays.get(f"{layer}.metric")
        if layer in Compact.metric_layers and (metric is None or metric.shape != (inputs, inputs)):
            raise WeightsError(f"compact: {path} does not hold a metric of {inputs}x{inputs} for {layer}")
    return arrays
