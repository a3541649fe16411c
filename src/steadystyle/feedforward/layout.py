"""What the network for any style is made of: layers, channels, shapes. Loads no TensorFlow: it is trained without."""

from __future__ import annotations

LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
"""Of the encoder, the compact backbone: their statistics make a style, and the decoder is given their features."""
CHANNELS = {"relu1_1": 16, "relu2_1": 32, "relu3_1": 64, "relu4_1": 128, "relu5_1": 128}
BLOCKS = {
    "relu5_1": (128, 128, 64),
    "relu4_1": (128, 128, 96),
    "relu3_1": (96, 64, 64),
    "relu2_1": (48, 32, 32),
    "relu1_1": (16, 16, 3),
}
"""The decoder's convolutions (3x3) at each size by their outputs, smallest size first; the first of a block takes what
the last one made, at twice the size, and the encoder's features.
"""
SLOPE = 0.1
"""Of the leaky ReLU below 0."""
HIDDEN = 256
"""Numbers in each of the two layers between a style's description and what it makes of the convolutions."""
SHRINKAGE, LEAST = 1e-2, 1e-4
"""What is added to each variance before features are transported: this share of the mean one, and this (the encoder's
features have unit power). Directions in which content hardly varies hold rounding and are not magnified.
"""


def weight_shapes() -> dict[str, tuple[int, ...]]:
    """The shape of each array of the decoder by its name, in the order in which they are used."""
    convolutions, inputs = {}, 0
    for layer, block in BLOCKS.items():
        inputs += CHANNELS[layer]
        for index, outputs in enumerate(block):
            convolutions[f"{layer}.{index}"] = inputs, outputs
            inputs = outputs
    dense = (2 * sum(CHANNELS.values()), HIDDEN, HIDDEN, sum(map(sum, convolutions.values())))
    shapes: dict[str, tuple[int, ...]] = {}
    for index in range(3):
        shapes[f"style.{index}.kernel"], shapes[f"style.{index}.bias"] = dense[index : index + 2], (dense[index + 1],)
    for name, (inputs, outputs) in convolutions.items():
        shapes[f"{name}.kernel"], shapes[f"{name}.bias"] = (3, 3, inputs, outputs), (outputs,)
    return shapes
