"""Write the trained network where the package finds it: `python -m training.lean.export --run FOLDER`."""

from __future__ import annotations

from pathlib import Path

from steadystyle.feedforward.model_file import load_model
from steadystyle.feedforward.starter import OWN_SHA256, OWN_WEIGHTS, arrays_of
from training.shipped import export_from_command_line, write_shipped


def export(run: Path, weights: Path, sha256: Path) -> None:
    """The weights of `run` as float16; the old file stays until the new one is whole."""
    write_shipped(arrays_of(load_model(run / "network.keras", precision="float32")), weights, sha256)


if __name__ == "__main__":
    export_from_command_line(__doc__, export, OWN_WEIGHTS, OWN_SHA256)
