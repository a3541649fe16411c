"""A command is killed again and again, and after each kill its files are looked at.

One process imports TensorFlow and then forks a child for each sitting, which saves three seconds each; TensorFlow
computes in the children only. It is killed at random moments, so many times, or, if the mode is "renames", just before
and just after each rename.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple


class Job(NamedTuple):
    """What is killed.

    Attributes:
        command: of steadystyle, which goes on from the checkpoint if there is one.
        checkpoint: its file.
        steps: how far a checkpoint's state had come.
        start_anew: lays out what is there before a run.
        is_done: whether the result of the run that was never killed is there.
        faults: by name what must not be, of the files that are neither checkpoints nor the finished result.
    """

    command: Sequence[str]
    checkpoint: Path
    steps: Callable[[Any], int]
    start_anew: Callable[[], None]
    is_done: Callable[[], bool]
    faults: Callable[[], Sequence[str]]


class Findings:
    """What was seen after the kills.

    Attributes:
        counts: kills, runs that ended, and by name what must not be.
    """

    def __init__(self, job: Job) -> None:
        self.counts, self._job, self._steps = Counter[str](), job, 0

    def look(self) -> None:
        """After a kill: each file is whole, and the run has lost nothing that it had."""
        from steadystyle.checkpoint.archive import read_archive
        from steadystyle.core.errors import SteadyStyleError

        checkpoint = self._job.checkpoint
        self.counts["kills"] += 1
        self.counts.update(self._job.faults())
        steps = 0  # a run that has no checkpoint yet has lost nothing
        for path in (checkpoint, checkpoint.with_name(checkpoint.name + ".previous")):
            try:
                steps = max(steps, self._job.steps(read_archive(path)[0]["state"]["record"][1]))
            except FileNotFoundError:
                continue
            except SteadyStyleError:
                self.counts["broken checkpoint"] += 1
        if steps < self._steps and not self._job.is_done():
            self.counts["lost run"] += 1
        self._steps = steps

    def look_at_the_end(self, status: int) -> None:
        """After a sitting that was not killed: the result is the uninterrupted run's, and nothing else is left."""
        self.counts["runs"] += 1
        if status != 0:
            self.counts[f"exit code {os.waitstatus_to_exitcode(status)}"] += 1
        if not self._job.is_done():
            self.counts["other result"] += 1
        left = [path for path in Path().iterdir() if "checkpoint" in path.name or path.suffix in {".tmp", ".lock"}]
        if left:
            self.counts["left behind"] += len(left)
        self._steps = 0


def sitting(command: Sequence[str], prepare: Callable[[], None] = lambda: None) -> int:
    """Start one in a child; its process id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        from steadystyle.apps.cli.main import main

        prepare()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = main(list(command))
    finally:
        sys.stdout.flush()
        os._exit(code)


def status_of(child: int) -> int:
    """As it ended."""
    return os.waitpid(child, 0)[1]


def killed(mode: str, job: Job, longest: float) -> dict[str, int]:
    """What was found after so many kills, or around the renames; a run takes about `longest` seconds."""
    findings = Findings(job)
    if mode == "renames":
        _around_renames(job, findings)
    else:
        _at_random(int(mode), job, findings, longest)
    return dict(findings.counts)


def _at_random(kills: int, job: Job, findings: Findings, longest: float) -> None:
    job.start_anew()
    while findings.counts["kills"] < kills:
        child = sitting(job.command)
        time.sleep(random.uniform(0, longest))
        os.kill(child, signal.SIGKILL)
        status = status_of(child)
        if os.WIFSIGNALED(status):
            findings.look()
        else:
            findings.look_at_the_end(status)
            job.start_anew()
    findings.look_at_the_end(status_of(sitting(job.command)))


def _around_renames(job: Job, findings: Findings) -> None:
    """Before and after the first rename, the second, and so on, until a run has no more of them."""
    for after in (False, True):
        number, was_killed = 0, True
        while was_killed:
            job.start_anew()
            number += 1
            status = status_of(sitting(job.command, lambda n=number, a=after: _die_at(n, a)))  # type: ignore[misc]
            was_killed = os.WIFSIGNALED(status)
            if was_killed:
                findings.look()
                status = status_of(sitting(job.command))
            findings.look_at_the_end(status)


def _die_at(number: int, after: bool) -> None:
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


def run(found_in: Callable[..., dict[str, int]]) -> None:
    """A program's main part: with the command line's words, in a folder of its own; prints what is found as JSON."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        sys.stdout.write(json.dumps(found_in(*sys.argv[1:])) + "\n")
