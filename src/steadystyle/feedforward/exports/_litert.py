"""What the formats for LiteRT have in common, which was TensorFlow Lite."""

from __future__ import annotations

import tempfile
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from steadystyle.feedforward.contracts import Examples, Export, Painter
from steadystyle.feedforward.served import PICTURES, Served

SIGNATURE = "serving_default"


class OnPhones(Export):
    """Takes pictures of float32 in [0, 1], whatever it computes in."""

    ending = ".tflite"
    packages = ("ai_edge_litert",)
    extra = "litert"

    @abstractmethod
    def converted(self, converter: Any, examples: Examples) -> bytes:
        """The file that TensorFlow's converter makes, once it has been told what to compute in."""

    def write(self, served: Served, path: Path, examples: Examples) -> None:
        with tempfile.TemporaryDirectory() as folder:
            tf.saved_model.save(served, folder, {SIGNATURE: served.function})
            converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[SIGNATURE])
            path.write_bytes(self.converted(converter, examples))

    def load(self, path: Path) -> Painter:
        from ai_edge_litert.interpreter import Interpreter

        runner = Interpreter(model_path=str(path)).get_signature_runner(SIGNATURE)

        def paint(inputs: Mapping[str, np.ndarray]) -> np.ndarray:
            made: np.ndarray = runner(**inputs)[PICTURES]
            return made

        return paint
