"""Write the trained decoder where the package finds it: `python -m training.any_style.export --run FOLDER`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from steadystyle.feedforward.decoder import OWN_SHA256, OWN_WEIGHTS
from steadystyle.feedforward.layout import weight_shapes
from training.shipped import export_from_command_line, write_shipped


def export(run: Path, weights: Path, sha256: Path) -> None:
    """The weights of `run` as float16; the old file stays until the new one is whole."""
    with np.load(run / "weights.npz", allow_pickle=False) as found:
        arrays = {name: found[name].astype(np.float16) for name in weight_shapes()}
    write_shipped(arrays, weights, sha256)


if __name__ == "__main__":
    export_from_command_line(__doc__, export, OWN_WEIGHTS, OWN_SHA256)
