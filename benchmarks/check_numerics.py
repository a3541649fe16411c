"""What TensorFlow's own `tf.debugging.enable_check_numerics` says of scripts, each in a process of its own.

TensorFlow is loaded once, in a process that is forked for each script, as the doctor does it too.
"""

from __future__ import annotations

import json
import os
import re
import runpy
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import NamedTuple

LIMIT = 60.0
"""Seconds for one script."""
NOTHING = '{"detected": false, "line": null}'


class Said(NamedTuple):
    """Whether it stopped the script for a bad number, and the last line of the script that it names."""

    detected: bool
    line: int | None


class CheckNumerics:
    """A context manager that runs scripts with it, one after the other."""

    def __enter__(self) -> CheckNumerics:
        command = [sys.executable, "-m", "benchmarks.check_numerics"]
        root = Path(__file__).parents[1]
        self._process = subprocess.Popen(
            command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def said_of(self, script: Path) -> Said:
        """Run the script with it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{script}\n")
        self._process.stdin.flush()
        return Said(**json.loads(self._process.stdout.readline()))


def main() -> None:
    """Run each script that is named on standard input; say what was found, a line each."""
    import tensorflow  # noqa: F401  # loaded before forking; it has run nothing yet

    for line in sys.stdin:
        print(_in_a_child(Path(line.strip())), flush=True)


def _in_a_child(script: Path) -> str:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        try:
            os.write(writing, json.dumps(_said(script)._asdict()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    end = time.monotonic() + LIMIT
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.01)
    with os.fdopen(reading) as told:
        return told.read() or NOTHING


def _said(script: Path) -> Said:
    import tensorflow as tf

    tf.debugging.enable_check_numerics()
    os.chdir(script.parent)
    sys.argv = [script.name]
    sys.path.insert(0, str(script.parent))
    try:
        runpy.run_path(script.name, run_name="__main__")
    except SystemExit:
        pass
    except BaseException as error:
        text = str(error)
        told = re.findall(r"-> \|\s+(\S+?):(\d+)", text)
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame.lineno for frame in frames if frame.filename.endswith(script.name) and frame.lineno]
        lines = [int(line) for file, line in told if file.endswith(script.name)] or own
        named = "Detected Infinity or NaN" in text or "Tensor had" in text
        return Said(named, lines[-1] if lines else None)
    return Said(False, None)


if __name__ == "__main__":
    main()
