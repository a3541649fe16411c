"""Write the trained network where the package finds it: `python -m training.lean.export --run FOLDER`."""

from __future__ import annotations

import argparse
from pathlib import Path

from steadystyle.feedforward.model_file import load_model
from steadystyle.feedforward.starter import OWN_SHA256, OWN_WEIGHTS, arrays_of
from training.shipped import write_shipped


def export(run: Path, weights: Path, sha256: Path) -> None:
    """The weights of `run` as float16; the old file stays until the new one is whole."""
    write_shipped(arrays_of(load_model(run / "network.keras", precision="float32")), weights, sha256)


def main() -> None:
    """Read the command line and export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True)
    export(parser.parse_args().run, OWN_WEIGHTS, OWN_SHA256)
    print(f"{OWN_WEIGHTS}: {OWN_WEIGHTS.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
