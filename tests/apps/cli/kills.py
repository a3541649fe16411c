"""Run as a program: a small run of `stylize` is killed again and again.

    python -m tests.apps.cli.kills MODE WEIGHTS [SEED]

MODE is a number of kills at random moments, or "renames"; WEIGHTS is a file for the compact network.
"""

from __future__ import annotations

import json
import random
import shutil
import time
from pathlib import Path

import numpy as np

from tests.apps.cli import killing
from tests.apps.cli.killing import Job, sitting, status_of

CHECKPOINT = Path("run.checkpoint")
PICTURE, REPORT, OLD = Path("out.png"), Path("report.json"), Path("old.png")
RUN = ["stylize", "content.png", "style.png", "-o", str(PICTURE), "--size", "32", "--quiet", "--force"]
KEEPING = ["--checkpoint", str(CHECKPOINT), "--checkpoint-every", "0", "--resume", "--json", str(REPORT)]


def start_anew() -> None:
    """An old result lies there."""
    shutil.copyfile(OLD, PICTURE)
    REPORT.write_text("{}")


def faults(new: bytes, old: bytes) -> list[str]:
    """The picture has to be one of these, and the report whole."""
    found = [] if PICTURE.read_bytes() in (new, old) else ["broken picture"]
    try:
        json.loads(REPORT.read_bytes())
    except ValueError:
        found.append("broken report")
    return found


def found_in(mode: str, weights: str, seed: str = "0") -> dict[str, int]:
    """Kill, in the current folder; what was found."""
    random.seed(seed)
    run = [*RUN, "--weights", weights, "--steps", "3" if mode == "renames" else "12"]
    # Loaded here once; nothing may be computed before the last fork.
    from steadystyle.images import leftovers
    from steadystyle.images.save import save_image
    from steadystyle.transfer import stylize

    assert stylize

    leftovers.YOUNG = 0.0
    generator = np.random.default_rng(int(seed))
    save_image("content.png", generator.random((24, 32, 3), dtype=np.float32))
    save_image("style.png", generator.random((20, 20, 3), dtype=np.float32))
    assert status_of(sitting([*run, "--seed", "9", "--init", "noise"])) == 0
    PICTURE.rename(OLD)
    began = time.monotonic()
    assert status_of(sitting(run)) == 0
    seconds, new, old = time.monotonic() - began, PICTURE.read_bytes(), OLD.read_bytes()
    job = Job(
        [*run, *KEEPING],
        CHECKPOINT,
        steps=lambda record: len(record["history"]),
        start_anew=start_anew,
        is_done=lambda: PICTURE.read_bytes() == new,
        faults=lambda: faults(new, old),
    )
    return killing.killed(mode, job, 1.2 * seconds)


if __name__ == "__main__":
    killing.run(found_in)
