"""The most memory that a whole program holds."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.alternating import alternate
from benchmarks.children import check_peak_memory, our_command, rival_command, run_child
from benchmarks.options import Options
from benchmarks.problems import pairs

TITLE = "Memory"
RIVAL_STEPS = 3
"""Its peak is reached in the first full step; ours grows with L-BFGS's memory, so ours takes all its steps."""
MEBIBYTE = 2**20


def measure(options: Options) -> dict[str, Any]:
    """Peak resident memory of both programs at two sizes, alternating."""
    check_peak_memory("memory")
    sizes = (128, 192) if options.quick else (512, 1024)
    figures = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pair = pairs(folder)[0]
        for size in sizes:
            rival = rival_command(*pair, folder / "rival.png", size, RIVAL_STEPS)
            ours = our_command(*pair, folder / "ours.png", size, options)
            peaks = alternate(
                {"rival": partial(_peak_bytes, rival), "ours": partial(_peak_bytes, ours)},
                options.amount(3, 1),
            )
            ratio = peaks["rival"]["median"] / peaks["ours"]["median"]
            figures.append({"size": size, "peak_bytes": peaks, "times_less": ratio})
    return {"pair": pair.name, "sizes": figures}


def _peak_bytes(command: Sequence[str | Path]) -> float:
    return run_child(command).peak_bytes


def table(figures: dict[str, Any]) -> list[str]:
    """The figures in Markdown."""
    lines = [
        f"Peak resident memory of the whole program ({figures['pair']}), medians:",
        "",
        "| longest side | tutorial's method on VGG-19 | `steadystyle stylize`, defaults | times less |",
        "|---:|---:|---:|---:|",
    ]
    for row in figures["sizes"]:
        rival, ours = (row["peak_bytes"][name]["median"] / MEBIBYTE for name in ("rival", "ours"))
        lines.append(f"| {row['size']} | {rival:,.0f} MiB | {ours:,.0f} MiB | {row['times_less']:.1f} |")
    return lines
