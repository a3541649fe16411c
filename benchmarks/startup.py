"""How long it takes until a program is there."""

from __future__ import annotations

import sys
from typing import Any

from benchmarks.alternating import alternate
from benchmarks.children import run_child, steadystyle_command
from benchmarks.options import Options

TITLE = "Start-up"


def measure(options: Options) -> dict[str, Any]:
    """Each command as a process of its own, alternating; the first round, which may compile Python files, is not
    counted.
    """
    program = steadystyle_command()
    commands = {
        "`python -c pass`": [sys.executable, "-c", "pass"],
        "`import steadystyle`": [sys.executable, "-c", "import steadystyle"],
        "`steadystyle --help`": [program, "--help"],
        "`steadystyle stylize --help`": [program, "stylize", "--help"],
        "`import tensorflow`, what a script of one's own starts with": [sys.executable, "-c", "import tensorflow"],
    }
    competitors = {name: lambda command=command: run_child(command).seconds for name, command in commands.items()}
    return {"seconds": alternate(competitors, options.amount(7, 2), warm_up=1)}


def table(figures: dict[str, Any]) -> list[str]:
    """The figures in Markdown."""
    slowest = max(seconds["median"] for seconds in figures["seconds"].values())
    lines = ["| command | seconds (median) | times faster |", "|---|---:|---:|"]
    for name, seconds in figures["seconds"].items():
        lines.append(f"| {name} | {seconds['median']:.2f} | {slowest / seconds['median']:.0f} |")
    return lines
