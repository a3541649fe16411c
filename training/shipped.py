"""Weights as the package ships them: float16, beside their hash."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from steadystyle.images.atomic import write_atomically


def write_shipped(arrays: Mapping[str, np.ndarray], weights: Path, sha256: Path) -> None:
    """Write `arrays`, float16 all, and the file's hash; the old file stays until the new one is whole."""
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise SystemExit(f"{name} is not finite in float16")
    write_atomically(weights, lambda file: np.savez_compressed(file, allow_pickle=False, **arrays))
    sha256.write_text(hashlib.sha256(weights.read_bytes()).hexdigest() + "\n", "utf-8")


def export_from_command_line(
    description: str | None, export: Callable[[Path, Path, Path], None], weights: Path, sha256: Path
) -> None:
    """Read from the command line which run is exported, and put it where the package finds it."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--run", type=Path, required=True)
    export(parser.parse_args().run, weights, sha256)
    print(f"{weights}: {weights.stat().st_size:,} bytes")
