"""SavedModel: a folder that TensorFlow and TensorFlow Serving run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

from steadystyle.feedforward.contracts import Examples, Export, Painter
from steadystyle.feedforward.served import IMAGES, PICTURES, Served

FLOATS, LEVELS = "serving_default", "levels"


class SavedModel(Export):
    """For TensorFlow and TensorFlow Serving, in float32; also with a signature `levels`, for pictures of uint8."""

    ending = ""
    takes_levels = True
    tolerance = 1e-4

    def write(self, served: Served, path: Path, examples: Examples) -> None:
        signatures = {FLOATS: served.function, LEVELS: served.function_of_levels}
        tf.saved_model.save(served, str(path), signatures)

    def load(self, path: Path) -> Painter:
        loaded = tf.saved_model.load(str(path))  # its variables live as long as it does

        def paint(inputs: Mapping[str, np.ndarray]) -> np.ndarray:
            name = LEVELS if inputs[IMAGES].dtype == np.uint8 else FLOATS
            given = {name: tf.constant(value) for name, value in inputs.items()}
            made: np.ndarray = loaded.signatures[name](**given)[PICTURES].numpy()
            return made

        return paint
