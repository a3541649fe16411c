"""Run as a program: a small training is killed again and again.

    python -m tests.apps.cli.training_kills MODE [SEED]

MODE is a number of kills at random moments, or "renames".
"""

from __future__ import annotations

import random
import time
import zipfile
from pathlib import Path

import h5py
import numpy as np

from tests.apps.cli import killing
from tests.apps.cli.killing import Job, sitting, status_of

MODEL, CHECKPOINT = Path("model.keras"), Path("model.checkpoint.npz")
RUN = ["train", "style.png", "--images", "photos", "-o", str(MODEL), "--quiet", "--force", "--start", "random",
       "--batch", "1", "--size", "32", "--style-size", "48", "--look-every", "1", "--precision", "float32",
       "--steps"]  # fmt: skip


def weights_in(model: Path) -> dict[str, bytes]:
    """What the network in a file knows: the numbers, as HDF5 writes the time into its files."""
    found = dict[str, bytes]()

    def keep(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = item[()].tobytes()

    with zipfile.ZipFile(model) as archive, archive.open("model.weights.h5") as member, h5py.File(member) as weights:
        weights.visititems(keep)
    assert found
    return found


def found_in(mode: str, seed: str = "0") -> dict[str, int]:
    """Kill, in the current folder; what was found."""
    random.seed(seed)
    run = [*RUN, "2" if mode == "renames" else "6"]
    # Loaded here once; nothing may be computed before the last fork.
    from steadystyle.feedforward import network, train
    from steadystyle.images import leftovers
    from steadystyle.images.save import save_image

    assert train
    network.BLOCKS, leftovers.YOUNG = 1, 0.0
    generator = np.random.default_rng(int(seed))
    Path("photos").mkdir()
    for name in ("style.png", "photos/a.png", "photos/b.png"):
        save_image(name, generator.random((40, 36, 3), dtype=np.float32))
    began = time.monotonic()
    assert status_of(sitting(run)) == 0
    seconds, whole = time.monotonic() - began, weights_in(MODEL)

    def is_done() -> bool:
        return MODEL.exists() and weights_in(MODEL) == whole

    job = Job(
        run,
        CHECKPOINT,
        steps=lambda record: int(record["step"]),
        start_anew=lambda: MODEL.unlink(missing_ok=True),
        is_done=is_done,
        faults=lambda: ["broken model"] if MODEL.exists() and not is_done() else [],
    )
    return killing.killed(mode, job, 1.1 * seconds)


if __name__ == "__main__":
    killing.run(found_in)
