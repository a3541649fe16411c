"""Batches of crops to train on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from steadystyle.core.errors import PictureError
from steadystyle.core.injection import inject
from steadystyle.feedforward.decoded import ENOUGH, Decoded
from steadystyle.images.resize import resize

SMALLEST_SHARE = 0.5
"""How much of a picture's shorter side a crop has at least."""


class Crops:
    """Batches, each a function of the seed and its step alone: a resumed training sees what it would have.

    Args:
        files: at least one.
        decoded: where their pictures come from.
        batch: pictures in one.
        size: side of a crop in pixels.
        styles: how many there are to ask the network for.

    Attributes:
        failure: what ended the batches early, as TensorFlow hands on no more than a text.

    Raises:
        PictureError: more than half of those looked at first are broken.
    """

    def __init__(self, files: Sequence[Path], decoded: Decoded, batch: int, size: int, styles: int, seed: int) -> None:
        self._batch, self._size, self._styles, self._seed = batch, size, styles, seed
        self.files, self.decoded = list(files), decoded
        self.failure: PictureError | None = None
        first = np.random.default_rng([seed, 0]).permutation(len(self.files))[:ENOUGH]
        for number in first:
            decoded.picture(self.files[number])
        decoded.check(least=1)

    def dataset(self, start: int, steps: int) -> tf.data.Dataset:
        """The batches of the steps from `start` to `steps`: crops (N, size, size, 3) in [0, 1], shares (N, S)."""

        def made(step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            images, shares = tf.numpy_function(self._next, [step], (tf.float32, tf.float32))
            side = self._size
            return (
                tf.ensure_shape(images, [self._batch, side, side, 3]),
                tf.ensure_shape(shares, [self._batch, self._styles]),
            )

        steps_to_come = tf.data.Dataset.range(start, steps)
        return steps_to_come.map(made, num_parallel_calls=2, deterministic=True).prefetch(2)

    def at(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """The batch of that step.

        Raises:
            PictureError: by now, more than half of the pictures looked at are broken.
        """
        draw = np.random.default_rng([self._seed, 1 + int(step)])
        images = np.stack([self._crop(draw) for _ in range(self._batch)])
        images = inject("training pictures", int(step), images)
        numbers = draw.integers(self._styles, size=self._batch)
        return images, np.eye(self._styles, dtype=np.float32)[numbers]

    def _next(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        try:
            return self.at(step)
        except PictureError as error:
            self.failure = self.failure or error
            raise

    def _crop(self, draw: np.random.Generator) -> np.ndarray:
        """A random part of a random picture that can be read, perhaps mirrored."""
        while (picture := self.decoded.picture(self.files[draw.integers(len(self.files))])) is None:
            self.decoded.check()
            if self.decoded.broken.keys() >= set(self.files):
                raise PictureError(f"none of the {len(self.files)} pictures to train on can be read; check the folder")
        height, width = picture.shape[:2]
        side = round(min(height, width) * draw.uniform(SMALLEST_SHARE, 1.0))
        top, left = draw.integers(height - side + 1), draw.integers(width - side + 1)
        crop = fitted(picture[top : top + side, left : left + side], self._size)
        return crop[:, ::-1] if draw.random() < 0.5 else crop


def middle(picture: np.ndarray, size: int) -> np.ndarray:
    """The middle of an uint8 picture, as large as can be, as a crop (size, size, 3) in [0, 1]."""
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return fitted(picture[top : top + side, left : left + side], size)


def fitted(part: np.ndarray, size: int) -> np.ndarray:
    """A square part of an uint8 picture as float32 (size, size, 3) in [0, 1]."""
    return resize(part.astype(np.float32) / 255, size, size)
