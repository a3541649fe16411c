"""`pixels-into-network`."""

from __future__ import annotations

from collections.abc import Iterator

from steadystyle.doctor.lint.contracts import Fault, Fix, Operation, Rule


class PixelsIntoNetwork(Rule):
    """Pixels from 0 to 255 given to a network that does not scale them."""

    cause = "bad-input-range"
    also = ("unnormalised-loss", "high-learning-rate")
    title = "0 to 255 into a network"
    why = (
        "Layers are initialised for inputs near 1. Pixels up to 255 make activations hundreds of times too large, "
        "their squares overflow, and the first steps diverge at any usual rate."
    )
    bad = """\
import keras
import numpy as np

images = np.random.default_rng(0).integers(0, 256, (64, 12, 12, 3)).astype("float32")
model = keras.Sequential([keras.layers.Conv2D(8, 3), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(images, images[:, 0, 0, :1])  # <- here
"""
    good = """\
import keras
import numpy as np

images = np.random.default_rng(0).integers(0, 256, (64, 12, 12, 3)).astype("float32") / 255.0
model = keras.Sequential([keras.layers.Conv2D(8, 3), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(images, images[:, 0, 0, :1])
"""
    operations = frozenset({"feed", "fit", "matmul", "conv2d"})

    def look(self, operation: Operation) -> Iterator[Fault]:
        network, picture = operation.fact(0), operation.fact(1, "x")
        if picture.kind == "dataset":
            batch = picture.part("element")
            picture = batch.part(0) if batch.kind == "tuple" else batch
        if operation.name in ("matmul", "conv2d"):
            network, picture = picture, network
            if network.kind != "variable":
                return
        if not picture.has("bytes", "overscaled") or network.has("scales", "pretrained") or picture.has("scales"):
            return
        if "Embedding" in operation.words or (operation.name == "feed" and not _learns(operation)):
            return
        cast = next(iter(picture.traced("cast-of-bytes")), None)
        message = "pixels from 0 to 255 enter a network that does not scale them"
        yield Fault(message, cast, Fix("divide by 255 first, or begin with keras.layers.Rescaling(1 / 255)"))


def _learns(operation: Operation) -> bool:
    """Whether it is a network or a layer with weights that is being trained."""
    network = operation.fact(0)
    name = str(network.target[0]) if isinstance(network.target, tuple) else ""
    return operation.context.differentiated and (network.kind == "network" or name.startswith(("Dense", "Conv")))
