"""Pictures in the styles that a network was trained for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from steadystyle.core.errors import SettingsError
from steadystyle.core.settings import PassSettings
from steadystyle.core.weights import fingerprint
from steadystyle.feedforward.model_file import load_model
from steadystyle.feedforward.one_pass import OnePass
from steadystyle.feedforward.shares import Shares, checked_shares


class TrainedStyle(OnePass):
    """Makes pictures by a network that `steadystyle train` has written.

    Args:
        model: the file.
        shares: how much of each of its styles, in proportion: by their order, or by name; equal ones if None.
        settings: the defaults if None. `style_scale` was decided when it was trained, `touches` are for
            the network for any style, and `strength` mixes pixels.
        overrides: single settings by name, over those of `settings`.

    Attributes:
        names: of its styles.

    Raises:
        SettingsError: a setting or a share has no possible meaning.
        WeightsError: the file is missing, damaged, poisoned or of another kind.

    Example:
        >>> paint = steadystyle.TrainedStyle("model.keras", shares={"sun": 2, "wave": 1}, size=1024)
        >>> steadystyle.save_image("out.png", paint("photo.jpg"))
    """

    def __init__(
        self,
        model: str | Path,
        *,
        shares: Shares | None = None,
        settings: PassSettings | None = None,
        **overrides: Any,
    ) -> None:
        super().__init__(settings, overrides)
        if self._settings.style_scale != 1:
            raise SettingsError("style_scale: it was decided when the network was trained (style_size); leave it out")
        self._path = Path(model)
        self._load(self._settings.precision)
        self._shares = tf.constant([checked_shares(shares, self.names)], tf.float32)

    def _load(self, precision: str) -> None:
        self._network = load_model(self._path, precision=precision)
        self.names = self._network.names
        self._as_read = fingerprint(self._network.get_weights())
        signature = [tf.TensorSpec([1, None, None, 3], tf.float32), tf.TensorSpec([1, len(self.names)], tf.float32)]
        self._graph = tf.function(
            lambda image, shares: self._network(image, shares), autograph=False, input_signature=signature
        )

    def _made(self, content: np.ndarray) -> np.ndarray:
        painted = self._graph(tf.constant(content[np.newaxis]), self._shares).numpy()[0]
        strength = np.float32(self._settings.strength)
        made: np.ndarray = strength * painted + (1 - strength) * content
        return made

    def _renew(self) -> None:
        self._load("float32")

    def _is_intact(self) -> bool:
        return fingerprint(self._network.get_weights()) == self._as_read

    def _expects_variety(self) -> bool:
        return True
