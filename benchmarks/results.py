"""Figures on disk: one JSON file for each benchmark, and one page of tables made from all that are there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.isolated import NAMES, benchmark
from benchmarks.machine import in_a_line
from steadystyle.apps.cli.report import plain
from steadystyle.images.atomic import write_atomically

PAGE = "README.md"


def save(name: str, record: dict[str, Any], folder: Path) -> Path:
    """Write the record (machine, what was asked for, figures) of one benchmark, and make the page anew."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name.replace('-', '_')}.json"
    write_atomically(path, (json.dumps(plain(record), indent=1, allow_nan=False) + "\n").encode())
    write_atomically(folder / PAGE, page(folder).encode())
    return path


def page(folder: Path) -> str:
    """Every benchmark of which `folder` holds figures, as Markdown."""
    lines = ["<!-- made by `uv run python -m benchmarks`: do not edit -->", "# Benchmarks"]
    for name in NAMES:
        path = folder / f"{name.replace('-', '_')}.json"
        if not path.exists():
            continue
        record = json.loads(path.read_text("utf-8"))
        lines += ["", f"## {benchmark(name).TITLE}", ""]
        if record["quick"]:
            lines += ["**A quick run, to see that it works: these figures mean nothing.**", ""]
        if record["weights"]:
            lines += [f"**With the weights of {record['weights']} instead of the package's own.**", ""]
        lines += [*benchmark(name).table(record["figures"]), "", f"On {in_a_line(record['machine'])}"]
    return "\n".join(lines) + "\n"
