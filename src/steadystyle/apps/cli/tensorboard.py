"""Runs as TensorBoard shows them: numbers over the steps, pictures where they matter.

Only what TensorFlow itself has is used: `tf.summary.scalar` and `image` need the tensorboard package, which is for
looking at the files, not for writing them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from steadystyle.core.errors import OutputError
from steadystyle.core.outcome import Event, Result, StepRecord


def check_folder(folder: Path) -> None:
    """Before anything is computed: could a run be written below `folder`? It is not made yet.

    Raises:
        OutputError: no.
    """
    existing = folder.absolute()
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not (existing.is_dir() and os.access(existing, os.W_OK)):
        raise OutputError(f"cannot write below {folder}: {existing} is no folder, or not writable; name another")


class Summaries:
    """Numbers and pictures, written below `folder` in a folder of their own: TensorBoard compares those that lie
    together. What cannot be written is told at the end: it is no reason to lose a run.

    Raises:
        OutputError: it cannot be made.
    """

    def __init__(self, folder: Path, name: str) -> None:
        import tensorflow as tf

        self._tf = tf
        self.path = folder / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
        self._failure: Exception | None = None
        try:
            self.path.mkdir(parents=True)
            self._writer = tf.summary.create_file_writer(str(self.path))
        except (OSError, tf.errors.OpError) as error:
            raise OutputError(f"cannot write {self.path}: {error}; name another folder with --tensorboard") from error

    def number(self, tag: str, value: float, step: int) -> None:
        """Add a point to a curve."""
        self._write(tag, "scalars", self._tf.constant(value, self._tf.float32), step)

    def picture(self, tag: str, picture: np.ndarray, step: int) -> None:
        """Add a picture, (H, W, 3) in [0, 1]."""
        height, width = picture.shape[:2]
        png = self._tf.io.encode_png(np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8))
        self._write(tag, "images", self._tf.stack([str(width), str(height), png]), step)

    def close(self) -> None:
        """Close the file.

        Raises:
            OutputError: something could not be written, now or earlier.
        """
        try:
            self._writer.close()
        except self._tf.errors.OpError as error:
            self._failure = self._failure or error
        if self._failure is not None:
            raise OutputError(f"{self.path} is not whole: {self._failure}; free some space") from self._failure

    def _write(self, tag: str, plugin: str, value: Any, step: int) -> None:
        metadata = self._tf.compat.v1.SummaryMetadata(plugin_data={"plugin_name": plugin})
        metadata.data_class = {"scalars": 1, "images": 3}[plugin]  # DATA_CLASS_SCALAR, DATA_CLASS_BLOB_SEQUENCE
        if self._failure is not None:
            return
        try:
            with self._writer.as_default():
                self._tf.summary.write(tag, value, step=step, metadata=metadata)
        except self._tf.errors.OpError as error:
            self._failure = error


class TensorBoard(Summaries):
    """Hears a stylisation: losses, gradient norm and learning rate over its steps.

    Raises:
        OutputError: it cannot be made.
    """

    def __init__(self, folder: Path, name: str) -> None:
        super().__init__(folder, name)
        self._scale: int | None = None

    def __call__(self, heard: StepRecord | Event, best_picture: Callable[[], np.ndarray]) -> None:
        """Take one report of the engine."""
        if isinstance(heard, Event):
            if heard.step >= 0:  # in set-up there is no picture of the run's making yet
                self.picture("best at a repair", best_picture(), heard.step)
            return
        if heard.scale != self._scale:
            self.picture("best at a new size", best_picture(), heard.step)
            self._scale = heard.scale
        losses = {"loss": heard.loss} | {f"loss/{name}": value for name, value in heard.terms.items()}
        for tag, value in {
            **losses,
            "gradient norm": heard.gradient_norm,
            "learning rate": heard.learning_rate,
        }.items():
            self.number(tag, value, heard.step)

    def finish(self, result: Result) -> None:
        """Add the result, and close the file.

        Raises:
            OutputError: something could not be written, now or earlier: that is no reason to lose a run.
        """
        self.picture("result", result.image, len(result.history))
        self.close()
