"""What `steadystyle lint` finds on the scripts of `tests/doctor/scripts`, what it finds for nothing, and how fast."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from itertools import cycle
from pathlib import Path
from typing import Any

from benchmarks.alternating import alternate
from benchmarks.children import run_child, steadystyle_command
from benchmarks.options import ROOT, Options
from steadystyle.doctor.lint.check import check_files, chosen
from tests.doctor.expectations import Expectation, expectations

TITLE = "Lint"
LINES = 10_000


def measure(options: Options) -> dict[str, Any]:
    """Every script by itself; then a tree of 10,000 lines of this repository, in a process of its own."""
    return {"scripts": [_of(expectation) for expectation in expectations()], "tree": _tree(options)}


def _of(expectation: Expectation) -> dict[str, Any]:
    findings = check_files([expectation.script], chosen()).findings
    places = [((Path(finding.path).name, finding.line), finding.cause) for finding in findings]
    return {
        "script": expectation.script.stem,
        "cause": expectation.causes[0],
        "visible": expectation.visible,
        "right_line": any(place in expectation.lines for place, _ in places),
        "found": any(place in expectation.lines and cause in expectation.causes for place, cause in places),
        "findings": sum(finding.rule not in expectation.advised for finding in findings),
        "advice": sum(finding.rule in expectation.advised for finding in findings),
    }


def _tree(options: Options) -> dict[str, Any]:
    """Seconds for copies of our own source and of the scripts, until there are enough lines."""
    sources = [*sorted((ROOT / "src").rglob("*.py")), *sorted((ROOT / "tests" / "doctor" / "scripts").glob("*.py"))]
    with tempfile.TemporaryDirectory() as folder:
        lines = 0
        for number, source in enumerate(cycle(sources)):
            if lines >= LINES:
                break
            text = source.read_text("utf-8")
            Path(folder, f"{source.stem}_{number}.py").write_text(text, "utf-8")
            lines += text.count("\n")
        competitors = {"lint": lambda: run_child([steadystyle_command(), "lint", folder], wanted=(0, 1)).seconds}
        seconds = alternate(competitors, options.amount(5, 1), warm_up=1)["lint"]
    return {"lines": lines, "seconds": seconds}


def table(figures: dict[str, Any]) -> list[str]:
    """The figures in Markdown."""
    visible = [one for one in figures["scripts"] if one["visible"]]
    healthy = [one for one in figures["scripts"] if one["cause"] == "healthy"]
    broken = len(figures["scripts"]) - len(healthy)
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in visible:
        groups[one["cause"]].append(one)
    lines = ["| cause | faults that can be seen | right line | and right cause |", "|---|---:|---:|---:|"]
    lines += [_row(cause, group) for cause, group in sorted(groups.items(), key=lambda item: -len(item[1]))]
    lines += [_row("**all**", visible), ""]
    alarms, tree = sum(one["findings"] > 0 for one in healthy), figures["tree"]
    advised = sum(one["advice"] > 0 for one in healthy)
    lines += [
        f"Healthy programs with a false finding: {alarms} of {len(healthy)}.",
        f"Advice on programs that stay finite all the same: {advised} of {len(healthy)}.",
        "The rules were written with these programs at hand: on others expect less.",
        f"Faults that cannot be seen in the source, and are not in the table: {broken - len(visible)} of {broken}.",
    ]
    seconds = tree["seconds"]["median"]
    lines.append(f"A tree of {tree['lines']:,} lines takes {seconds:.1f} s, the start of the program included.")
    return lines


def _row(name: str, group: list[dict[str, Any]]) -> str:
    return (
        f"| {name} | {len(group)} | {sum(one['right_line'] for one in group)} | {sum(one['found'] for one in group)} |"
    )
