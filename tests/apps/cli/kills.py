"""Run as a program: a small run is killed again and again, and after each kill its files are looked at.

    python -m tests.apps.cli.kills 200 WEIGHTS          at random moments, so many times
    python -m tests.apps.cli.kills renames WEIGHTS      just before and just after each rename

WEIGHTS is a file for the compact network.

One process imports TensorFlow and then forks a child for each sitting, which saves three seconds each; TensorFlow
computes in the children only. What is found is printed as JSON.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

CHECKPOINT, PREVIOUS = Path("run.checkpoint"), Path("run.checkpoint.previous")
PICTURE, REPORT, OLD = Path("out.png"), Path("report.json"), Path("old.png")
RUN = ["stylize", "content.png", "style.png", "-o", str(PICTURE), "--size", "32", "--quiet", "--force"]
KEEPING = ["--checkpoint", str(CHECKPOINT), "--checkpoint-every", "0", "--resume", "--json", str(REPORT)]


class Findings:
    """What was seen after the kills.

    Attributes:
        counts: kills, runs that ended, and by name what must not be.
    """

    def __init__(self, reference: bytes, old: bytes) -> None:
        self.counts, self._pictures, self._steps = Counter[str](), {"new": reference, "old": old}, 0

    def look(self) -> None:
        """After a kill: each file is whole, and the run has lost nothing that it had."""
        from steadystyle.checkpoint.archive import read_archive
        from steadystyle.core.errors import SteadyStyleError

        self.counts["kills"] += 1
        if PICTURE.read_bytes() not in self._pictures.values():
            self.counts["broken picture"] += 1
        try:
            json.loads(REPORT.read_bytes())
        except ValueError:
            self.counts["broken report"] += 1
        steps = 0  # a run that has no checkpoint yet has lost nothing
        for path in (CHECKPOINT, PREVIOUS):
            try:
                document, _ = read_archive(path)
                record = document["state"]["record"][1]
                steps = max(steps, len(record["history"]))
            except FileNotFoundError:
                continue
            except SteadyStyleError:
                self.counts["broken checkpoint"] += 1
        done = PICTURE.read_bytes() == self._pictures["new"]
        if steps < self._steps and not done:
            self.counts["lost run"] += 1
        self._steps = steps

    def look_at_the_end(self, status: int) -> None:
        """After a sitting that was not killed: the picture is the uninterrupted run's, and nothing else is left."""
        self.counts["runs"] += 1
        if status != 0:
            self.counts[f"exit code {os.waitstatus_to_exitcode(status)}"] += 1
        if PICTURE.read_bytes() != self._pictures["new"]:
            self.counts["other picture"] += 1
        if left := sorted(path.name for path in Path().iterdir() if "checkpoint" in path.name or ".tmp" in path.name):
            self.counts["left behind"] += len(left)
        self._steps = 0


def sitting(prepare: Callable[[], None] = lambda: None, keeping: list[str] = KEEPING) -> int:
    """Start one in a child; its process id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        from steadystyle.apps.cli.main import main

        prepare()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = main(RUN + keeping)
    finally:
        sys.stdout.flush()
        os._exit(code)


def start_anew() -> None:
    """An old result lies there."""
    shutil.copyfile(OLD, PICTURE)
    REPORT.write_text("{}")


def killed_at_random(kills: int, findings: Findings, longest: float) -> None:
    """So many times, after some time of at most `longest` seconds."""
    start_anew()
    while findings.counts["kills"] < kills:
        child = sitting()
        time.sleep(random.uniform(0, longest))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            findings.look()
        else:
            findings.look_at_the_end(status)
            start_anew()
    findings.look_at_the_end(os.waitpid(sitting(), 0)[1])


def killed_around_renames(findings: Findings) -> None:
    """Before and after the first rename, the second, and so on, until a run has no more of them."""
    for after in (False, True):
        number, killed = 0, True
        while killed:
            start_anew()
            number += 1
            _, status = os.waitpid(sitting(lambda n=number, a=after: die_at(n, a)), 0)  # type: ignore[misc]
            killed = os.WIFSIGNALED(status)
            if killed:
                findings.look()
                _, status = os.waitpid(sitting(), 0)
            findings.look_at_the_end(status)


def die_at(number: int, after: bool) -> None:
    """In a child: kill it at that rename."""
    original, count = os.replace, 0

    def replace(*names: Any) -> None:
        nonlocal count
        count += 1
        if count == number and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        original(*names)
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    os.replace = replace  # type: ignore[assignment]


def main(mode: str, weights: str, seed: int = 0) -> dict[str, int]:
    """Kill, in the current folder; what was found."""
    random.seed(seed)
    RUN.extend(["--weights", weights, "--steps", "3" if mode == "renames" else "12"])
    # Loaded here once; nothing may be computed before the last fork.
    from steadystyle.images import leftovers
    from steadystyle.images.save import save_image
    from steadystyle.transfer import stylize

    assert stylize

    leftovers.YOUNG = 0.0
    generator = np.random.default_rng(seed)
    save_image("content.png", generator.random((24, 32, 3), dtype=np.float32))
    save_image("style.png", generator.random((20, 20, 3), dtype=np.float32))
    for path, more in ((OLD, ["--seed", "9", "--init", "noise"]), (PICTURE, [])):
        assert os.waitpid(sitting(keeping=more), 0)[1] == 0
        if path == OLD:
            PICTURE.rename(OLD)
    began = time.monotonic()
    os.waitpid(sitting(keeping=[]), 0)
    findings = Findings(PICTURE.read_bytes(), OLD.read_bytes())
    if mode == "renames":
        killed_around_renames(findings)
    else:
        killed_at_random(int(mode), findings, 1.2 * (time.monotonic() - began))
    return dict(findings.counts)


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    mode, weights, *seeds = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        sys.stdout.write(json.dumps(main(mode, weights, *map(int, seeds))) + "\n")
