"""Write the trained decoder where the package finds it: `python -m training.any_style.export --run FOLDER`."""

from __future__ import annotations

import argparse
import hashlib
import os
from pathlib import Path

import numpy as np

from steadystyle.feedforward.decoder import OWN_SHA256, OWN_WEIGHTS
from steadystyle.feedforward.layout import weight_shapes


def export(run: Path, weights: Path, sha256: Path) -> None:
    """The weights of `run` as float16; the old file stays until the new one is whole."""
    with np.load(run / "weights.npz", allow_pickle=False) as found:
        arrays = {name: found[name].astype(np.float16) for name in weight_shapes()}
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise SystemExit(f"{name} is not finite in float16")
    temporary = weights.with_suffix(".tmp")
    with open(temporary, "wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, weights)
    sha256.write_text(hashlib.sha256(weights.read_bytes()).hexdigest() + "\n", "utf-8")


def main() -> None:
    """Read the command line and export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True)
    export(parser.parse_args().run, OWN_WEIGHTS, OWN_SHA256)
    print(f"{OWN_WEIGHTS}: {OWN_WEIGHTS.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
