"""Run as a program: a small training is killed again and again, and after each kill its files are looked at.

    python -m tests.apps.cli.training_kills 200         at random moments, so many times
    python -m tests.apps.cli.training_kills renames     just before and just after each rename

As in `kills`, each sitting is a forked child, and what is found is printed as JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from tests.apps.cli.kills import die_at

MODEL, CHECKPOINT = Path("model.keras"), Path("model.checkpoint.npz")
PREVIOUS = CHECKPOINT.with_name(CHECKPOINT.name + ".previous")
RUN = ["train", "style.png", "--images", "photos", "-o", str(MODEL), "--quiet", "--batch", "1", "--size", "32",
       "--style-size", "48", "--look-every", "1", "--precision", "float32", "--steps"]  # fmt: skip


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


class Findings:
    """What was seen after the kills.

    Attributes:
        counts: kills, trainings that ended, and by name what must not be.
    """

    def __init__(self, reference: dict[str, bytes]) -> None:
        self.counts, self._reference, self._step = Counter[str](), reference, 0

    def look(self) -> None:
        """After a kill: each file is whole, and the training has lost nothing that it had."""
        from steadystyle.checkpoint.archive import read_archive
        from steadystyle.core.errors import SteadyStyleError

        self.counts["kills"] += 1
        done = MODEL.exists()
        if done and weights_in(MODEL) != self._reference:
            self.counts["broken model"] += 1
        step = 0
        for path in (CHECKPOINT, PREVIOUS):
            try:
                step = max(step, read_archive(path)[0]["state"]["record"][1]["step"])
            except FileNotFoundError:
                continue
            except SteadyStyleError:
                self.counts["broken checkpoint"] += 1
        if step < self._step and not done:
            self.counts["lost training"] += 1
        self._step = step

    def look_at_the_end(self, status: int) -> None:
        """After a sitting that was not killed: the model is the uninterrupted one's, and nothing else is left."""
        self.counts["trainings"] += 1
        if status != 0:
            self.counts[f"exit code {os.waitstatus_to_exitcode(status)}"] += 1
        elif weights_in(MODEL) != self._reference:
            self.counts["other model"] += 1
        if left := [path for path in Path().iterdir() if "checkpoint" in path.name or path.suffix in {".tmp", ".lock"}]:
            self.counts["left behind"] += len(left)
        MODEL.unlink(missing_ok=True)
        self._step = 0


def sitting(prepare: Callable[[], None] = lambda: None) -> int:
    """Start one in a child; its process id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        from steadystyle.apps.cli.main import main

        prepare()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = main([*RUN, "--force"])
    finally:
        sys.stdout.flush()
        os._exit(code)


def killed_at_random(kills: int, findings: Findings, longest: float) -> None:
    """So many times, after some time of at most `longest` seconds."""
    while findings.counts["kills"] < kills:
        child = sitting()
        time.sleep(random.uniform(0, longest))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            findings.look()
        else:
            findings.look_at_the_end(status)
    findings.look_at_the_end(os.waitpid(sitting(), 0)[1])


def killed_around_renames(findings: Findings) -> None:
    """Before and after the first rename, the second, and so on, until a training has no more of them."""
    for after in (False, True):
        number, killed = 0, True
        while killed:
            number += 1
            _, status = os.waitpid(sitting(lambda n=number, a=after: die_at(n, a)), 0)  # type: ignore[misc]
            killed = os.WIFSIGNALED(status)
            if killed:
                findings.look()
                _, status = os.waitpid(sitting(), 0)
            findings.look_at_the_end(status)


def main(mode: str, seed: int = 0) -> dict[str, int]:
    """Kill, in the current folder; what was found."""
    random.seed(seed)
    RUN.append("2" if mode == "renames" else "6")
    # Loaded here once; nothing may be computed before the last fork.
    from steadystyle.feedforward import network, train
    from steadystyle.images import leftovers
    from steadystyle.images.save import save_image

    assert train
    network.BLOCKS, leftovers.YOUNG = 1, 0.0
    generator = np.random.default_rng(seed)
    Path("photos").mkdir()
    for name in ("style.png", "photos/a.png", "photos/b.png"):
        save_image(name, generator.random((40, 36, 3), dtype=np.float32))
    began = time.monotonic()
    assert os.waitpid(sitting(), 0)[1] == 0
    findings = Findings(weights_in(MODEL))
    MODEL.unlink()
    if mode == "renames":
        killed_around_renames(findings)
    else:
        killed_at_random(int(mode), findings, 1.1 * (time.monotonic() - began))
    return dict(findings.counts)


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    mode, *seeds = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        sys.stdout.write(json.dumps(main(mode, *map(int, seeds))) + "\n")
