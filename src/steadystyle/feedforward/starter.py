"""What a network begins with: convolutions that know the strokes and edges of many styles."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from steadystyle.core.errors import WeightsError
from steadystyle.core.weights import read_arrays
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
    arrays = read_arrays(path, "starter") if path else read_arrays(OWN_WEIGHTS, "starter", OWN_SHA256)
    values = []
    for variable in network.weights:
        name, shape = name_of(variable), tuple(variable.shape)
        wanted = (1, *shape[1:]) if name in OF_STYLES else shape
        if name not in arrays or arrays[name].shape != wanted:
            told = "x".join(map(str, wanted))
            raise WeightsError(f"starter: {path or OWN_WEIGHTS} does not hold {name} ({told}); check the file")
        values.append(np.broadcast_to(arrays[name], shape))
    network.set_weights(values)


def arrays_of(network: StyleNetwork) -> dict[str, np.ndarray]:
    """What the file has of a trained network, float16."""
    found = {name_of(variable): np.asarray(variable.numpy()) for variable in network.weights}
    found |= {name: found[name].mean(0, keepdims=True) for name in OF_STYLES}
    return {name: array.astype(np.float16) for name, array in found.items()}


def name_of(variable: object) -> str:
    """In the file: the layer's and its own, as "quarter.kernel"; its own alone for what is of the network."""
    *layers, own = variable.path.split("/")  # type: ignore[attr-defined]
    return own if own in OF_STYLES else f"{layers[-1]}.{own}"
