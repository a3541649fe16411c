"""The picture has not gone flat."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from steadystyle.core.contracts import Check
from steadystyle.core.flow import Measurement, Past, Verdict

SPREAD = 1e-3


class Flat(Check):
    """Rejects a picture of one colour after one that was not, unless the loss is no higher: nothing of the content is
    left. A line search that starts at a flat picture comes back to it, lower and lower.
    """

    def verdict(self, measurement: Measurement, past: Past) -> Verdict:
        # In this order: a loss that falls, as it mostly does, saves the look at the picture.
        if past.last is None or float(measurement.loss) <= float(past.last.loss):
            return Verdict(True)
        if _spread(measurement.image) >= SPREAD or _spread(past.last.image) < SPREAD:
            return Verdict(True)
        return Verdict(False, "optimizer-state", "image", "it is of one colour, and was not before")


def _spread(image: tf.Tensor) -> float:
    array = np.asarray(image)
    return float(array.max() - array.min())
