"""How often the doctor is right on the scripts of `tests/doctor/scripts`, beside `enable_check_numerics`.

It takes as long as all scripts, several times over: each row is saved, so that a run that was interrupted goes on.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from operator import itemgetter
from queue import Queue
from typing import Any

from benchmarks.check_numerics import CheckNumerics
from benchmarks.kept import Kept, fingerprint
from benchmarks.options import ROOT, Options
from steadystyle.doctor.diagnose import OUT_OF_TIME, Doctor
from steadystyle.doctor.report import Report
from steadystyle.doctor.request import Request
from steadystyle.doctor.runs import Runs
from tests.doctor.expectations import SCRIPTS, Expectation, expectations

TITLE = "Doctor"
KEPT = ROOT / "out" / "benchmarks" / "doctor_rows.json"
COLUMNS = ("right_cause", "right_line", "verified_fix", "rival_detected", "rival_line")


def measure(options: Options) -> dict[str, Any]:
    """Every script through the rival, whose rows last longer, and then through the doctor; `--jobs` at a time."""
    scripts = expectations()[: options.amount(1000, 3)]
    kept = Kept(KEPT)
    theirs = _each(scripts, options.jobs, CheckNumerics, partial(_by_the_rival, kept))
    ours = _each(scripts, options.jobs, Runs, partial(_by_the_doctor, kept))
    about = ({"script": one.script.stem, "cause": one.causes[0]} for one in scripts)
    return {"scripts": [a | b | c for a, b, c in zip(about, ours, theirs, strict=True)]}


def _each(
    scripts: list[Expectation],
    jobs: int,
    process: Callable[[], Any],
    row_of: Callable[[Any, Expectation], dict[str, Any]],
) -> list[dict[str, Any]]:
    """The row of each script, made with one of `jobs` processes that have TensorFlow loaded."""
    with ExitStack() as stack:
        free: Queue[Any] = Queue()
        for _ in range(jobs):
            free.put(stack.enter_context(process()))

        def row(expectation: Expectation) -> dict[str, Any]:
            mine = free.get()
            try:
                return row_of(mine, expectation)
            finally:
                free.put(mine)

        with ThreadPoolExecutor(jobs) as threads:
            return list(threads.map(row, scripts))


def _by_the_doctor(kept: Kept, runs: Runs, expectation: Expectation) -> dict[str, Any]:
    """A row that ran out of time on a busy machine is made anew by the next run."""

    def make() -> dict[str, Any]:
        began = time.perf_counter()
        report = Doctor(Request(expectation.script.name, (), str(SCRIPTS), time_limit=60), runs).diagnose()
        seconds = time.perf_counter() - began
        hurried = any(tried.ending == OUT_OF_TIME for tried in report.tried)
        return {"seconds": seconds, "hurried": hurried, "said": report.cause, **_judged(expectation, report)}

    depends_on = [expectation.script, *(ROOT / "src" / "steadystyle" / "doctor").rglob("*.py")]
    return kept.row(f"{expectation.script.stem}: doctor", fingerprint(depends_on), make, itemgetter("hurried"))


def _by_the_rival(kept: Kept, rival: CheckNumerics, expectation: Expectation) -> dict[str, Any]:
    def make() -> dict[str, Any]:
        said = rival.said_of(expectation.script)
        lines = {line for name, line in expectation.lines if name == expectation.script.name}
        return {"rival_detected": said.detected, "rival_line": said.detected and said.line in lines}

    depends_on = [expectation.script, ROOT / "benchmarks" / "check_numerics.py"]
    return kept.row(f"{expectation.script.stem}: rival", fingerprint(depends_on), make)


def _judged(expectation: Expectation, report: Report) -> dict[str, bool]:
    place = report.place
    return {
        "detected": report.verdict == "nonfinite",
        "right_cause": report.cause in expectation.causes,
        "right_line": place is not None and (place.file, place.line) in expectation.lines,
        "verified_fix": report.fix is not None and report.fix.verified,
    }


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
        hurried = sum(one["hurried"] for one in broken)
        lines += [f"Of these, {hurried} ran out of time on a busy machine."] if hurried else []
    return lines


def _row(name: str, group: list[dict[str, Any]]) -> str:
    return f"| {name} | {len(group)} | " + " | ".join(str(sum(one[key] for one in group)) for key in COLUMNS) + " |"
