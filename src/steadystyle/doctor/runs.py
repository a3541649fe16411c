"""The doctor's own side of the second process: ask for a run, read what was observed. Loads no TensorFlow."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from steadystyle.core.errors import DependencyError
from steadystyle.doctor.observed import Observed
from steadystyle.doctor.request import FAILED, READY, Request


class Runs:
    """Runs the script again and again; a context manager, which ends the second process."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="steadystyle-doctor-")
        self._process: subprocess.Popen[bytes] | None = None
        self._requests: Any = None
        self._replies: Any = None
        self._count = 0

    def __enter__(self) -> Runs:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._folder.cleanup()

    def run(self, request: Request) -> Observed:
        """Run the script once; every way for it to end comes back as an `Observed`.

        Raises:
            DependencyError: TensorFlow is not installed, or cannot run here.
        """
        if self._process is None or self._process.poll() is not None:
            self._start()
        self._count += 1
        answer = Path(self._folder.name) / f"{self._count}.pickle"
        pickle.dump((request, str(answer)), self._requests)
        self._requests.flush()
        reply = self._replies.readline().decode().strip()
        if answer.exists():
            observed: Observed = pickle.loads(answer.read_bytes())
            return observed
        if reply == "time":
            return Observed(ending="time")
        failures = ["the process that runs the script could not answer"] if reply == str(FAILED) else []
        return Observed(ending="killed", error=_how(reply), failures=failures)

    def _start(self) -> None:
        from_us, requests = os.pipe()
        replies, to_us = os.pipe()
        command = [sys.executable, "-P", "-m", "steadystyle.doctor.nursery", str(from_us), str(to_us)]
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "2")}
        self._process = subprocess.Popen(command, pass_fds=(from_us, to_us), env=environment)
        os.close(from_us)
        os.close(to_us)
        self._requests, self._replies = os.fdopen(requests, "wb"), os.fdopen(replies, "rb")
        first = self._replies.readline()
        if first != READY:
            reason = first.decode().strip() or "its process ended at once"
            raise DependencyError(f"TensorFlow cannot be imported ({reason}); install SteadyStyle again")

    def _end(self) -> None:
        if self._process is None:
            return
        self._requests.close()
        self._replies.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def quietly(request: Request, **changes: Any) -> Request:
    """The same run with its output going nowhere."""
    return replace(request, output="nowhere", **changes)


def _how(reply: str) -> str:
    code = int(reply) if reply.lstrip("-").isdigit() else 1
    if code < 0:
        return f"it was ended by signal {-code}" + (" (out of memory?)" if code == -9 else "")
    return f"it ended itself with status {code}" if code else "it ended itself without a word (os._exit)"
