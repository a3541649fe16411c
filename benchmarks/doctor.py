"""How often the doctor is right on the scripts of `tests/doctor/scripts`, beside `enable_check_numerics`."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks.check_numerics import said_of
from benchmarks.options import ROOT, Options
from steadystyle.doctor.diagnose import Doctor
from steadystyle.doctor.report import Report
from steadystyle.doctor.request import Request
from steadystyle.doctor.runs import Runs
from tests.doctor.expectations import SCRIPTS, Expectation, expectations

TITLE = "Doctor"
WATCHED = ROOT / "benchmarks" / "watched"


def measure(options: Options) -> dict[str, Any]:
    """Every script through the doctor and through the rival; then the cost of watching."""
    scripts = expectations()[: options.amount(1000, 3)]
    with Runs() as runs:
        found = [_of(expectation, runs) for expectation in scripts]
        cost = {name: _cost(name, runs, options.amount(5, 1)) for name in ("graph", "eager")}
    return {"scripts": found, "cost": cost}


def _of(expectation: Expectation, runs: Runs) -> dict[str, Any]:
    started = time.perf_counter()
    report = Doctor(Request(expectation.script.name, (), str(SCRIPTS), time_limit=60), runs).diagnose()
    seconds = time.perf_counter() - started
    rival = said_of(expectation.script)
    lines = {line for name, line in expectation.lines if name == expectation.script.name}
    return {
        "script": expectation.script.stem,
        "cause": expectation.causes[0],
        "seconds": seconds,
        **_judged(expectation, report),
        "rival_detected": rival.detected,
        "rival_line": rival.detected and rival.line in lines,
    }


def _judged(expectation: Expectation, report: Report) -> dict[str, bool]:
    place = report.place
    return {
        "detected": report.verdict == "nonfinite",
        "right_cause": report.cause in expectation.causes,
        "right_line": place is not None and (place.file, place.line) in expectation.lines,
        "verified_fix": report.fix is not None and report.fix.verified,
    }


def _cost(name: str, runs: Runs, rounds: int) -> dict[str, float]:
    """Seconds a step, plain and watched, in turn."""
    plain, watched = [], []
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "seconds"
        for _ in range(rounds):
            subprocess.run([sys.executable, f"{name}.py", str(told)], cwd=WATCHED, check=True, capture_output=True)
            plain.append(float(told.read_text("utf-8")))
            runs.run(Request(f"{name}.py", (str(told),), str(WATCHED)))
            watched.append(float(told.read_text("utf-8")))
    return {"plain": statistics.median(plain), "watched": statistics.median(watched)}


def table(figures: dict[str, Any]) -> list[str]:
    """The figures in Markdown."""
    broken = [one for one in figures["scripts"] if one["cause"] != "healthy"]
    healthy = [one for one in figures["scripts"] if one["cause"] == "healthy"]
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in broken:
        groups[one["cause"]].append(one)
    head = [
        "| cause | scripts | right cause | right line | verified fix | `enable_check_numerics`: detected | its line |"
    ]
    head.append("|---|---:|---:|---:|---:|---:|---:|")
    keys = ("right_cause", "right_line", "verified_fix", "rival_detected", "rival_line")
    rows = [_row(cause, group, keys) for cause, group in sorted(groups.items(), key=lambda item: -len(item[1]))]
    total = _row("**all**", broken, keys)
    alarms = sum(one["detected"] for one in healthy), sum(one["rival_detected"] for one in healthy)
    lines = [*head, *rows, total, ""]
    lines.append(f"False alarms on {len(healthy)} healthy scripts: {alarms[0]}; `enable_check_numerics`: {alarms[1]}.")
    if broken:
        seconds = sorted(one["seconds"] for one in broken)
        lines.append(f"A diagnosis took {statistics.median(seconds):.1f} s (median; at most {seconds[-1]:.0f} s).")
    for name, cost in figures["cost"].items():
        lines.append(
            f"Watching a script in {name} mode costs {cost['watched'] / cost['plain']:.2f} times its own steps."
        )
    return lines


def _row(name: str, group: list[dict[str, Any]], keys: tuple[str, ...]) -> str:
    return f"| {name} | {len(group)} | " + " | ".join(str(sum(one[key] for one in group)) for key in keys) + " |"
