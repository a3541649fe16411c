"""The decoder that ships: its weights, read and checked."""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf

from steadystyle.core.errors import WeightsError
from steadystyle.core.weights import read_arrays
from steadystyle.feedforward.adain import Convolution, decoder_shapes

OWN_WEIGHTS = Path(__file__).with_name("decoder.npz")
OWN_SHA256 = Path(__file__).with_name("decoder.sha256")


def read_decoder(path: Path | None = None) -> dict[str, Convolution]:
    """The convolutions of the decoder, as `adain.decode` takes them; those of the package if `path` is None.

    Raises:
        WeightsError: the file is missing, damaged, of another network, or a number in it is not finite.
    """
    arrays = read_arrays(path, "decoder") if path else read_arrays(OWN_WEIGHTS, "decoder", OWN_SHA256)
    convolutions = {}
    for name, (inputs, outputs) in decoder_shapes().items():
        kernel, bias = arrays.get(f"{name}.kernel"), arrays.get(f"{name}.bias")
        if kernel is None or bias is None or kernel.shape != (3, 3, inputs, outputs) or bias.shape != (outputs,):
            raise WeightsError(
                f"decoder: {path or OWN_WEIGHTS} does not hold a 3x3 convolution from {inputs} to {outputs} channels "
                f"for {name}; check the file"
            )
        convolutions[name] = tf.constant(kernel), tf.constant(bias)
    return convolutions
