"""Any picture in the style of any other, in one pass."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from steadystyle.backbones.compact import Compact
from steadystyle.core.flow import Features
from steadystyle.core.precision import choose_precision
from steadystyle.core.settings import PassSettings
from steadystyle.core.weights import fingerprint
from steadystyle.feedforward.decoder import Convolution, decode, modulated, read_decoder
from steadystyle.feedforward.layout import CHANNELS, LAYERS
from steadystyle.feedforward.one_pass import VARIED, OnePass, check_pixels, spread, taken
from steadystyle.feedforward.shares import checked_shares
from steadystyle.feedforward.touches import Touches
from steadystyle.feedforward.transport import Statistics, Style, blended, statistics
from steadystyle.images.arrays import Picture, as_styles
from steadystyle.images.resize import fit, resize

PASSES = 2
"""How often the network sees the picture: the second time, it sees what the first has made."""
MULTIPLE = 16
"""What the sides of a picture are mirrored up to on the way in: the encoder halves four times."""
MAX_TOUCHED = 4_000_000
"""Pixels of a picture that is touched up: a gradient takes some 600 bytes for each."""
SIZES_KEPT = 8
"""How many sizes of the style pictures are kept measured."""


class ArbitraryStyle(OnePass):
    """Makes pictures in one style, or a blend of several, in a fraction of a second each.

    Args:
        style: a path or an array, as `stylize` takes them; several in a list are blended.
        shares: how much of each style, in proportion; equal ones if None.
        settings: the defaults if None.
        weights: of the decoder, from this file instead of the package.
        overrides: single settings by name, over those of `settings`.

    Raises:
        PictureError: a style cannot be read or used.
        SettingsError: a setting or a share has no possible meaning.
        WeightsError: weights are missing or broken.

    Example:
        >>> wave = steadystyle.ArbitraryStyle("wave.jpg", size=512)
        >>> steadystyle.save_image("out.png", wave("photo.jpg"))

    Source: Huang and Belongie, "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization", ICCV 2017;
    strength and blending are their sec. 7. The encoder is the compact backbone instead of VGG-19; where the network
    departs from theirs, `feedforward/decoder.py` says.
    """

    def __init__(
        self,
        style: Picture | Sequence[Picture],
        *,
        shares: Sequence[float] | None = None,
        settings: PassSettings | None = None,
        weights: Path | None = None,
        **overrides: Any,
    ) -> None:
        super().__init__(settings, overrides)
        self._styles = [taken(one, "style") for one in as_styles(style)]
        self._shares = checked_shares(shares, [f"style {number + 1}" for number in range(len(self._styles))])
        self._weights = weights
        precision = choose_precision(self._settings.precision)
        self._network = _shipped(precision) if weights is None else _Network(precision, weights)
        self._measured: dict[int, Style] = {}

    def _made(self, content: np.ndarray) -> np.ndarray:
        style = self._style_at(max(content.shape[:2]))
        touches = self._settings.touches if content[..., 0].size <= MAX_TOUCHED else 0
        return self._network(content, style, self._settings.strength, touches)

    def _renew(self) -> None:
        _shipped.cache_clear()
        self._network = _Network("float32", self._weights)
        self._measured.clear()

    def _is_intact(self) -> bool:
        return self._network.is_intact()

    def _expects_variety(self) -> bool:
        return self._settings.strength > 0 and all(spread(style) >= VARIED for style in self._styles)

    def _style_at(self, longest: int) -> Style:
        """The blend of the styles, measured at the size that goes with a result of that longest side."""
        longest = max(1, round(longest * self._settings.style_scale))
        if longest not in self._measured:
            found = []
            for picture, share in zip(self._styles, self._shares, strict=True):
                height, width = fit(picture.shape[0], picture.shape[1], longest)
                check_pixels("style", height, width)
                found.append((self._network.style(resize(picture, height, width)), share))
            while len(self._measured) >= SIZES_KEPT:
                del self._measured[next(iter(self._measured))]
            self._measured[longest] = blended(found)
        return self._measured[longest]


class _Network:
    """Encoder and decoder in one precision, each traced once for all sizes."""

    def __init__(self, precision: str, weights: Path | None) -> None:
        self._encoder = Compact(pooling="max", precision=precision)
        self._decoder, self._dtype = read_decoder(weights), tf.as_dtype(precision)
        self._as_read = fingerprint(self._decoder)
        image = tf.TensorSpec([1, None, None, 3], tf.float32)
        self._touches = Touches(self._encoder)
        self._decode = tf.function(self._decoded, autograph=False, reduce_retracing=True)
        self._style_graph = tf.function(self._style, autograph=False, input_signature=[image])
        style = {
            layer: (tf.TensorSpec([CHANNELS[layer]], tf.float32), tf.TensorSpec([CHANNELS[layer]] * 2, tf.float32))
            for layer in LAYERS
        }
        signature = [image, style, tf.TensorSpec([], tf.float32)]
        self._graph = tf.function(self._stylised, autograph=False, input_signature=signature)

    def is_intact(self) -> bool:
        """Whether the weights are still those that were read."""
        return self._encoder.is_intact() and fingerprint(self._decoder) == self._as_read

    def style(self, picture: np.ndarray) -> dict[str, Statistics]:
        """The statistics of a style picture (H, W, 3)."""
        found: dict[str, Statistics] = self._style_graph(tf.constant(_mirrored(picture)[np.newaxis]))
        return found

    def __call__(self, content: np.ndarray, style: Style, strength: float, touches: int) -> np.ndarray:
        """`content` (H, W, 3) in `style`, as it comes out of the network, touched up so many times."""
        image = tf.constant(_mirrored(content)[np.newaxis])
        height, width = content.shape[:2]
        made, targets = self._graph(image, style, tf.constant(strength, tf.float32))
        touched: np.ndarray = self._touches(made, targets, touches).numpy()
        return touched[0, :height, :width]

    def _style(self, image: tf.Tensor) -> dict[str, Statistics]:
        return {layer: statistics(features) for layer, features in self._encoder.features(image, LAYERS).items()}

    def _stylised(self, image: tf.Tensor, style: Style, strength: tf.Tensor) -> tuple[tf.Tensor, Any]:
        """The picture, and what it is to have."""
        features = self._encoder.features(image, [*LAYERS, *self._encoder.content_layers])
        own = {layer: statistics(features[layer]) for layer in LAYERS}
        aim = blended([(style, strength), (own, 1.0 - strength)])
        targets, convolutions = self._touches.targets(features, aim), modulated(self._decoder, aim)
        for _ in range(PASSES - 1):
            features = self._encoder.features(self._decode(features, own, aim, convolutions), LAYERS)
            own = {layer: statistics(features[layer]) for layer in LAYERS}
        return self._decode({layer: features[layer] for layer in LAYERS}, own, aim, convolutions), targets

    def _decoded(self, features: Features, own: Style, aim: Style, made: Mapping[str, Convolution]) -> tf.Tensor:
        return decode(features, own, aim, made, self._dtype)


@functools.cache
def _shipped(precision: str) -> _Network:
    """The network with the package's own weights, read and traced once however many styles are asked for."""
    return _Network(precision, None)


def _mirrored(picture: np.ndarray) -> np.ndarray:
    """`picture` with its lower and right border mirrored up to sides that the network can halve and double again."""
    missing = [-(-side // MULTIPLE) * MULTIPLE - side for side in picture.shape[:2]]
    return np.pad(picture, [(0, missing[0]), (0, missing[1]), (0, 0)], mode="symmetric")
