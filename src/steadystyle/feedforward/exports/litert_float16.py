"""LiteRT with weights of float16: half the file, computing in float16 where the device can."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from steadystyle.feedforward.contracts import Examples
from steadystyle.feedforward.exports._litert import OnPhones


class LiteRTFloat16(OnPhones):
    """The same in half the size: weights are rounded to 11 bits."""

    tolerance = 0.02

    def converted(self, converter: Any, examples: Examples) -> bytes:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
        made: bytes = converter.convert()
        return made
