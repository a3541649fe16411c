"""LiteRT with convolutions in whole numbers of 8 bits: a third of the file, for devices that compute fast in them."""

from __future__ import annotations

import warnings
from typing import Any

import tensorflow as tf

from steadystyle.feedforward.contracts import Examples
from steadystyle.feedforward.exports._litert import SIGNATURE, OnPhones

IN_FLOAT32 = [
    "ADD",
    "DIV",
    "MAXIMUM",
    "MEAN",
    "MINIMUM",
    "MUL",
    "NOT_EQUAL",
    "RELU_0_TO_1",
    "SELECT_V2",
    "SQRT",
    "SQUARED_DIFFERENCE",
    "SUB",
]
"""Operations of the normalisation, and of the door. In 8 bits a small deviation becomes 0, which then divides: with it
LiteRT refuses a black picture.
"""


class LiteRTInt8(OnPhones):
    """The same in a third of the size, with convolutions in 8 bits: weights are scaled by channel, what comes in by the
    ranges that photographs cause.
    """

    needs_examples = True
    tolerance = 0.15

    def converted(self, converter: Any, examples: Examples) -> bytes:
        def inputs() -> Any:
            return ((SIGNATURE, dict(one)) for one in examples)

        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = inputs
        options = tf.lite.experimental.QuantizationDebugOptions(denylisted_ops=IN_FLOAT32)
        with warnings.catch_warnings():
            # That nothing was said of the inputs' type, which stays float32; and that there is a newer interpreter,
            # from TensorFlow's own code.
            warnings.filterwarnings("ignore", "Statistics for quantized inputs|.*tf.lite.Interpreter is deprecated")
            # The only way to leave some operations in float32 that is documented.
            quantised = tf.lite.experimental.QuantizationDebugger(
                converter=converter, debug_dataset=inputs, debug_options=options
            )
            made: bytes = quantised.get_nondebug_quantized_model()
        return made
