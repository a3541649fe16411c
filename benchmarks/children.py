"""Whole programs, run as a user runs them: how long they take and how much memory they hold at most."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.options import ROOT, Options


class Child(NamedTuple):
    """What a finished program took."""

    seconds: float
    peak_bytes: float
    """The most memory that it held; NaN where the system does not tell."""


def run_child(command: Sequence[str | Path], wanted: Sequence[int] = (0,)) -> Child:
    """Run `command` to its end, with one of the exit codes that are wanted.

    The system starts a child's peak memory at its parent's, so call this from a process that has not loaded TensorFlow
    (as `benchmarks.isolated` sees to) where memory is measured.

    Raises:
        RuntimeError: it failed; the message ends with the last lines that it wrote to standard error.
    """
    with tempfile.TemporaryFile() as complaints:
        began = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            cwd=ROOT,
            env=_environment(),
        )
        peak_bytes = _wait(process)
        seconds = time.perf_counter() - began
        if process.returncode not in wanted:
            complaints.seek(0)
            last = complaints.read().decode(errors="replace").strip().splitlines()[-5:]
            raise RuntimeError(f"{Path(command[0]).name} ended with {process.returncode}: {' | '.join(last)}")
    return Child(seconds, peak_bytes)


def check_peak_memory(name: str) -> None:
    """End with a line where the system does not tell a program's peak memory, which the benchmark `name` is about."""
    if not hasattr(os, "wait4"):
        raise SystemExit(f"{name}: this system does not tell a program's peak memory; run it on Linux or macOS")


def steadystyle_command() -> Path:
    """The installed program `steadystyle` that belongs to this Python."""
    program = Path(sys.executable).with_name("steadystyle.exe" if os.name == "nt" else "steadystyle")
    if not program.exists():
        raise SystemExit(f"no {program}: install the package in this environment first (`uv sync`)")
    return program


def our_command(content: Path, style: Path, output: Path, size: int, options: Options) -> list[str | Path]:
    """`steadystyle stylize` with its defaults."""
    return [
        steadystyle_command(), "stylize", content, style, "-o", output, "--force", "--quiet",
        "--size", str(size), *options.our_flags,
    ]  # fmt: skip


def rival_command(content: Path, style: Path, output: Path, size: int, steps: int) -> list[str | Path]:
    """The tutorial's method as a script."""
    return [
        sys.executable, "-m", "benchmarks.rivals", content, style, output,
        "--size", str(size), "--steps", str(steps),
    ]  # fmt: skip


def _wait(process: subprocess.Popen[bytes]) -> float:
    if not hasattr(os, "wait4"):  # Windows
        process.wait()
        return float("nan")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return float(usage.ru_maxrss if sys.platform == "darwin" else usage.ru_maxrss * 1024)


def _environment() -> dict[str, str]:
    """The own one; but Python may keep compiled files, as it does for users, or start-up times mean nothing."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
