"""What a network begins with: convolutions that know the strokes and edges of many styles."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from steadystyle.core.weights import read_shapes
from steadystyle.feedforward.network import StyleNetwork

VARIANT = "lean"
OWN_WEIGHTS = Path(__file__).with_name("starter.npz")
OWN_SHA256 = Path(__file__).with_name("starter.sha256")
OF_STYLES = "means", "deviations"
"""Of these the file has one row, the mean over the styles that it was trained on."""


def begin(network: StyleNetwork, path: Path | None = None) -> None:
    """Give a `VARIANT` network the weights that ship, and the same ones for each style.

    A new style then asks for other means and deviations, and for little else (Dumoulin et al., ICLR 2017, sec. 3.2).

    Raises:
        WeightsError: the file is missing, damaged, of another network, or a number in it is not finite.
    """
    shapes = {name_of(variable): tuple(variable.shape) for variable in network.weights}
    wanted = {name: (1, *shape[1:]) if name in OF_STYLES else shape for name, shape in shapes.items()}
    arrays = read_shapes("starter", wanted, path, OWN_WEIGHTS, OWN_SHA256)
    network.set_weights([np.broadcast_to(arrays[name], shape) for name, shape in shapes.items()])


def arrays_of(network: StyleNetwork) -> dict[str, np.ndarray]:
    """What the file has of a trained network, float16."""
    found = {name_of(variable): np.asarray(variable.numpy()) for variable in network.weights}
    found |= {name: found[name].mean(0, keepdims=True) for name in OF_STYLES}
    return {name: array.astype(np.float16) for name, array in found.items()}


def name_of(variable: object) -> str:
    """In the file: the layer's and its own, as "quarter.kernel"; its own alone for what is of the network."""
    *layers, own = variable.path.split("/")  # type: ignore[attr-defined]
    return own if own in OF_STYLES else f"{layers[-1]}.{own}"
