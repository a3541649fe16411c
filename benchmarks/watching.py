"""What it costs to be watched by the doctor, and how long a diagnosis of a program of real size takes.

Plain, watched, and under `enable_check_numerics`, in turn: only their ratios are told.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.alternating import alternate, seconds_of
from benchmarks.kept import Kept, fingerprint
from benchmarks.options import ROOT, Options
from steadystyle.doctor.diagnose import Doctor
from steadystyle.doctor.request import Request
from steadystyle.doctor.runs import Runs

TITLE = "Watching"
WATCHED = ROOT / "benchmarks" / "watched"
SCRIPTS = {"graph": "a style transfer through VGG-16 in a `tf.function`", "eager": "a small network trained eagerly"}
BROKEN = "broken.py"
CHECKED = "import runpy, sys, tensorflow as tf; tf.debugging.enable_check_numerics(); sys.argv.pop(0); "
CHECKED += "runpy.run_path(sys.argv[0], run_name='__main__')"


def measure(options: Options) -> dict[str, Any]:
    """Seconds a step of each script; then whole runs of the broken one, and of the doctor on it. Each part is saved."""
    kept = Kept(ROOT / "out" / "benchmarks" / f"watching_rows{'_quick' * options.quick}.json")
    depends_on = fingerprint([*WATCHED.glob("*.py"), *(ROOT / "src" / "steadystyle" / "doctor").rglob("*.py")])
    rounds = options.amount(3, 1)
    cost = {name: kept.row(name, depends_on, partial(_cost, f"{name}.py", rounds)) for name in SCRIPTS}
    return {"cost": cost, "diagnosis": kept.row(BROKEN, depends_on, partial(_diagnosis, options.amount(2, 1)))}


def _diagnosis(rounds: int) -> dict[str, Any]:
    plain, doctor = partial(_run, sys.executable, BROKEN), _diagnose
    return alternate({"plain": lambda: seconds_of(plain), "doctor": lambda: seconds_of(doctor)}, rounds)


def _cost(script: str, rounds: int) -> dict[str, Any]:
    with Runs() as runs, tempfile.TemporaryDirectory() as folder:
        told = Path(folder, "seconds")

        def seconds(run: Callable[[], object]) -> float:
            run()
            return float(told.read_text("utf-8"))

        competitors = {
            "plain": lambda: _run(sys.executable, script, str(told)),
            "watched": lambda: runs.run(Request(script, (str(told),), str(WATCHED))),
            "check_numerics": lambda: _run(sys.executable, "-c", CHECKED, script, str(told)),
        }
        return alternate({name: partial(seconds, run) for name, run in competitors.items()}, rounds)


def _run(*command: str) -> None:
    subprocess.run(command, cwd=WATCHED, check=True, capture_output=True)


def _diagnose() -> None:
    with Runs() as runs:
        report = Doctor(Request(BROKEN, (), str(WATCHED)), runs).diagnose()
    if not (report.fix and report.fix.verified):
        raise RuntimeError(f"the doctor said {report.cause} of {BROKEN}, and has no fix")


def table(figures: dict[str, Any]) -> list[str]:
    """The figures in Markdown."""
    lines = ["| program | watched | under `enable_check_numerics` |", "|---|---:|---:|"]
    for name, told in SCRIPTS.items():
        cost = {way: seconds["median"] for way, seconds in figures["cost"][name].items()}
        ratios = [f"{cost[way] / cost['plain']:.2f}" for way in ("watched", "check_numerics")]
        lines.append(f"| {told} | {' | '.join(ratios)} |")
    plain, doctor = (figures["diagnosis"][way]["median"] for way in ("plain", "doctor"))
    return [
        *lines,
        "",
        "Seconds of a step, as a multiple of a step of the plain run.",
        f"A style transfer through VGG-16 that goes bad takes {plain:.0f} s by itself,",
        f"and {doctor:.0f} s with its diagnosis and a fix that was tried: {doctor - plain:.0f} s more.",
    ]
