"""A network for styles of its own: what it learns of a style is a mean and a deviation for each channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from steadystyle.core.injection import inject
from steadystyle.core.reflect import reflect_pad
from steadystyle.feedforward.doubled import doubled
from steadystyle.feedforward.instance_norm import adapted
from steadystyle.feedforward.side_by_side import Part, side_by_side

PACKAGE = "steadystyle"
WIDTHS = {"lean": (16, 32, 64), "full": (32, 64, 128)}
BLOCKS = 5
"""Residual blocks at a quarter of the size."""

TERMS = ("content", "style", "total-variation")
Terms = Mapping[str, tf.Tensor]
Objective = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], Terms]
"""Contents (N, H, W, 3), what was made of them, and the shares (N, S) to the weighted losses, named as in `TERMS`."""


@keras.saving.register_keras_serializable(PACKAGE)
class StyledConvolution(keras.layers.Layer):
    """3x3 convolution with reflected borders; what comes out is given a mean and a deviation, or a bias of its own.

    Args:
        channels: that it gives.
        stride: 1, or 2 to halve.
        activated: with a ReLU at the end.
        styled: called with means and deviations.

    Source: Dumoulin et al., "A Learned Representation for Artistic Style", ICLR 2017, sec. 2.2.
    """

    def __init__(
        self, channels: int, stride: int = 1, activated: bool = True, styled: bool = True, **more: Any
    ) -> None:
        super().__init__(autocast=False, **more)  # statistics stay float32
        self.channels, self.stride, self.activated, self.styled = channels, stride, activated, styled

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        inputs = input_shape[-1]
        self.kernel = self.add_weight(shape=(3, 3, inputs, self.channels), initializer="he_normal", name="kernel")
        if not self.styled:
            self.bias = self.add_weight(shape=(self.channels,), initializer="zeros", name="bias")

    def call(self, features: tf.Tensor, style: tuple[tf.Tensor, tf.Tensor] | None = None) -> tf.Tensor:
        """(N, H, W, C) with a style's means and deviations, (N, 1, 1, channels) float32 each."""
        dtype = self.compute_dtype
        x = tf.nn.conv2d(reflect_pad(tf.cast(features, dtype)), tf.cast(self.kernel, dtype), self.stride, "VALID")
        x = tf.nn.bias_add(x, tf.cast(self.bias, dtype)) if style is None else adapted(x, *style)
        return tf.nn.relu(x) if self.activated else x

    def get_config(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in ("channels", "stride", "activated", "styled")}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(PACKAGE)
class StyleNetwork(keras.Model):
    """Pictures in one of its styles, or a blend of them.

    Called with pictures (N, H, W, 3), sRGB in [0, 1], of any size, and shares (N, S) that sum to 1, it gives pictures
    of the same size, float32 in [0, 1]. All that it knows of a style is a row of `means` and one of `deviations`.

    Args:
        names: of the styles, one or more.
        variant: "lean" or "full".

    Source: Johnson et al., "Perceptual Losses for Real-Time Style Transfer", ECCV 2016, and its supplement, with the
    conditional normalisation of Dumoulin et al. We leave them in 3x3 kernels at both ends, half the channels in
    "lean", linear upsampling before convolutions instead of transposed ones, and a sigmoid at the end.
    """

    def __init__(self, names: Sequence[str], variant: str = "lean", **more: Any) -> None:
        super().__init__(**more)
        self.names, self.variant, styles = tuple(names), variant, len(names)
        first, second, third = WIDTHS[variant]
        policy = self.dtype_policy

        def layer(name: str, channels: int, **kinds: Any) -> StyledConvolution:
            return StyledConvolution(channels, name=name, dtype=policy, **kinds)

        self.down = [layer("in", first), layer("half", second, stride=2), layer("quarter", third, stride=2)]
        self.blocks = [
            (layer(f"block{number}_1", third), layer(f"block{number}_2", third, activated=False))
            for number in range(1, BLOCKS + 1)
        ]
        self.up = [layer("half_again", second), layer("whole_again", first)]
        self.out = layer("out", 3, activated=False, styled=False)
        self.widths = [layer.channels for layer in [*self.down, *sum(self.blocks, ()), *self.up]]
        shape = styles, sum(self.widths)
        exact = {"shape": shape, "dtype": "float32", "autocast": False}
        self.means = self.add_weight(initializer="zeros", name="means", **exact)
        self.deviations = self.add_weight(initializer="ones", name="deviations", **exact)
        self.trackers = {name: keras.metrics.Mean(name=name) for name in ("loss", *TERMS)}
        self.objective: Objective | None = None
        self.devices: tuple[str, ...] = ()
        self(tf.zeros([1, 8, 8, 3]), tf.fill([1, styles], 1.0 / styles))  # builds it

    def call(self, images: tf.Tensor, shares: tf.Tensor) -> tf.Tensor:
        height, width = tf.shape(images)[1], tf.shape(images)[2]
        means, deviations = (self._of_layers(shares, values) for values in (self.means, self.deviations))
        style = zip(means, deviations, strict=True)
        x = tf.cast(images, self.compute_dtype) - tf.cast(0.5, self.compute_dtype)
        for layer in self.down:
            x = layer(x, next(style))
        for first, second in self.blocks:
            x += second(first(x, next(style)), next(style))
        for layer in self.up:
            x = layer(doubled(x), next(style))
        made = tf.sigmoid(tf.cast(self.out(x), tf.float32))
        return made[:, :height, :width]

    def _of_layers(self, shares: tf.Tensor, of_styles: Any) -> list[tf.Tensor]:
        """(N, S) and (S, C) to each layer's (N, 1, 1, c), float32."""
        mixed = tf.matmul(tf.cast(shares, tf.float32), tf.convert_to_tensor(of_styles, tf.float32))
        found: list[tf.Tensor] = tf.split(mixed[:, tf.newaxis, tf.newaxis, :], self.widths, axis=-1)
        return found

    def compile(self, optimizer: Any, objective: Objective | None = None, **more: Any) -> None:
        """As Keras's, with what is minimised: the sum of the terms that `objective` gives."""
        super().compile(optimizer=optimizer, **more)
        self.objective = objective

    @property
    def metrics(self) -> list[Any]:
        return list(self.trackers.values())

    def train_step(self, data: tuple[tf.Tensor, tf.Tensor]) -> dict[str, Any]:
        """One step on contents and shares."""
        terms, gradients = side_by_side(self._part, *data, self.devices)
        loss = tf.add_n(list(terms.values()))
        if len(self.devices) > 1:
            self.optimizer.scale_loss(loss)  # of each part before; the guard goes by the last one that it sees
        gradients = inject("training gradients", None, gradients)
        self.optimizer.apply(gradients, self.trainable_variables)
        return self._recorded({"loss": loss, **terms})

    def _part(self, images: tf.Tensor, shares: tf.Tensor, share: float) -> Part:
        """Terms and gradients of a part of a batch, times its share of the whole."""
        with tf.GradientTape() as tape:
            terms = {name: share * term for name, term in self._terms(images, shares).items()}
            scaled = self.optimizer.scale_loss(tf.add_n(list(terms.values())))
        return terms, tape.gradient(scaled, [variable.value for variable in self.trainable_variables])

    def test_step(self, data: tuple[tf.Tensor, tf.Tensor]) -> dict[str, Any]:
        """The same without learning."""
        terms = self._terms(*data)
        return self._recorded({"loss": tf.add_n(list(terms.values())), **terms})

    def _terms(self, images: tf.Tensor, shares: tf.Tensor) -> Terms:
        assert self.objective is not None, "compile it with an objective first"
        return self.objective(images, self(images, shares, training=True), shares)

    def _recorded(self, values: Mapping[str, tf.Tensor]) -> dict[str, Any]:
        for name, value in values.items():
            self.trackers[name].update_state(value)
        return {name: tracker.result() for name, tracker in self.trackers.items()}

    def get_config(self) -> dict[str, Any]:
        return {"names": list(self.names), "variant": self.variant, "dtype": self.dtype_policy.name}
