"""How often the doctor is right on the scripts of `tests/doctor/scripts`, beside `enable_check_numerics`.

It takes as long as all scripts, several times over: each row is saved, so that a run that was interrupted goes on.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from queue import Queue
from typing import Any

from benchmarks.check_numerics import CheckNumerics
from benchmarks.kept import Kept, fingerprint
from benchmarks.options import ROOT, Options
from steadystyle.doctor.diagnose import Doctor
from steadystyle.doctor.report import Report
from steadystyle.doctor.request import Request
from steadystyle.doctor.runs import Runs
from tests.doctor.expectations import SCRIPTS, Expectation, expectations

TITLE = "Doctor"
KEPT = ROOT / "out" / "benchmarks" / "doctor_rows.json"
COLUMNS = ("right_cause", "right_line", "verified_fix", "rival_detected", "rival_line")


class Pair:
    """The doctor and its rival, each with a process that has TensorFlow loaded."""

    def __init__(self, stack: ExitStack) -> None:
        self.runs, self.rival = stack.enter_context(Runs()), stack.enter_context(CheckNumerics())


def measure(options: Options) -> dict[str, Any]:
    """Every script through the doctor and through the rival, `--jobs` at a time."""
    scripts = expectations()[: options.amount(1000, 3)]
    kept = Kept(KEPT)
    doctor = fingerprint((ROOT / "src" / "steadystyle" / "doctor").rglob("*.py"))
    rival = fingerprint([ROOT / "benchmarks" / "check_numerics.py"])
    with ExitStack() as stack:
        free: Queue[Pair] = Queue()
        for _ in range(options.jobs):
            free.put(Pair(stack))
        threads = stack.enter_context(ThreadPoolExecutor(options.jobs))
        return {"scripts": list(threads.map(partial(_row_of, free, kept, doctor, rival), scripts))}


def _row_of(free: Queue[Pair], kept: Kept, doctor: str, rival: str, expectation: Expectation) -> dict[str, Any]:
    name, script = expectation.script.stem, fingerprint([expectation.script])
    pair = free.get()
    try:
        ours = kept.row(f"{name}: doctor", doctor + script, lambda: _doctor(expectation, pair.runs))
        theirs = kept.row(f"{name}: rival", rival + script, lambda: _rival(expectation, pair.rival))
    finally:
        free.put(pair)
    return {"script": name, "cause": expectation.causes[0], **ours, **theirs}


def _doctor(expectation: Expectation, runs: Runs) -> dict[str, Any]:
    began = time.perf_counter()
    report = Doctor(Request(expectation.script.name, (), str(SCRIPTS), time_limit=60), runs).diagnose()
    return {"seconds": time.perf_counter() - began, "said": report.cause, **_judged(expectation, report)}


def _judged(expectation: Expectation, report: Report) -> dict[str, bool]:
    place = report.place
    return {
        "detected": report.verdict == "nonfinite",
        "right_cause": report.cause in expectation.causes,
        "right_line": place is not None and (place.file, place.line) in expectation.lines,
        "verified_fix": report.fix is not None and report.fix.verified,
    }


def _rival(expectation: Expectation, rival: CheckNumerics) -> dict[str, bool]:
    said = rival.said_of(expectation.script)
    lines = {line for name, line in expectation.lines if name == expectation.script.name}
    return {"rival_detected": said.detected, "rival_line": said.detected and said.line in lines}


def table(figures: dict[str, Any]) -> list[str]:
    """The figures in Markdown."""
    broken = [one for one in figures["scripts"] if one["cause"] != "healthy"]
    healthy = [one for one in figures["scripts"] if one["cause"] == "healthy"]
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in broken:
        groups[one["cause"]].append(one)
    rows = [_row(cause, group) for cause, group in sorted(groups.items(), key=lambda item: -len(item[1]))]
    alarms = sum(one["detected"] for one in healthy), sum(one["rival_detected"] for one in healthy)
    lines = [
        "| cause | scripts | right cause | right line | verified fix | `enable_check_numerics`: detected | its line |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *rows,
        _row("**all**", broken),
        "",
        f"False alarms on {len(healthy)} healthy scripts: {alarms[0]}; `enable_check_numerics`: {alarms[1]}.",
        "`enable_check_numerics` names the operation that it met first, and no cause.",
        "The doctor was written with these scripts at hand: on others expect less.",
    ]
    if broken:
        seconds = sorted(one["seconds"] for one in broken)
        lines.append(f"A diagnosis took {statistics.median(seconds):.1f} s (median; at most {seconds[-1]:.0f} s).")
    return lines


def _row(name: str, group: list[dict[str, Any]]) -> str:
    return f"| {name} | {len(group)} | " + " | ".join(str(sum(one[key] for one in group)) for key in COLUMNS) + " |"
