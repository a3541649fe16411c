"""Write the trained decoder where the package finds it: `python -m training.any_style.export --run FOLDER`."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from steadystyle.feedforward.decoder import OWN_SHA256, OWN_WEIGHTS
from steadystyle.feedforward.layout import weight_shapes
from training.shipped import write_shipped


def export(run: Path, weights: Path, sha256: Path) -> None:
    """The weights of `run` as float16; the old file stays until the new one is whole."""
    with np.load(run / "weights.npz", allow_pickle=False) as found:
        arrays = {name: found[name].astype(np.float16) for name in weight_shapes()}
    write_shipped(arrays, weights, sha256)


def main() -> None:
    """Read the command line and export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True)
    export(parser.parse_args().run, OWN_WEIGHTS, OWN_SHA256)
    print(f"{OWN_WEIGHTS}: {OWN_WEIGHTS.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
