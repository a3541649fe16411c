"""Seconds and memory of whole programs from one to a hundred megapixels.

The largest picture takes the better part of an hour: each row is saved, so that a run that was interrupted goes on, and
`--largest` leaves out what is larger.
"""

from __future__ import annotations

import datetime
import json
import re
import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.children import check_peak_memory, our_command, rival_command, run_child
from benchmarks.isolated import apart
from benchmarks.kept import Kept, fingerprint
from benchmarks.machine import memory_gib, processor, usable_cores
from benchmarks.options import ROOT, Options
from benchmarks.plot import log_plot
from benchmarks.problems import pairs
from steadystyle.core.settings import AUTO, OFF
from steadystyle.images.load import load_image
from steadystyle.images.resize import resize
from steadystyle.images.save import save_image

TITLE = "Large pictures"
KEPT = ROOT / "out" / "benchmarks" / "sizes_rows.json"
PRESET, MEMORY = "draft", "8"
RIVAL_STEPS = 3
"""Its peak is reached in the first full step, and what the further ones take is what a step takes."""
SECONDS_PLOT, MEMORY_PLOT = "size_seconds.svg", "size_memory.svg"
MEGAPIXEL, GIGABYTE = 1e6, 1e9


class Run(NamedTuple):
    """A picture to make, and `--tile`."""

    width: int
    height: int
    tile: str = AUTO

    @property
    def name(self) -> str:
        """Its size, and the tile if one was asked for."""
        return f"{self.width}x{self.height}" + ("" if self.tile == AUTO else f", --tile {self.tile}")

    @property
    def megapixels(self) -> float:
        """How many."""
        return self.width * self.height / MEGAPIXEL


SQUARES = (Run(1024, 1024), Run(2048, 2048), Run(4096, 4096))
OURS = (
    *SQUARES, Run(6000, 4000), Run(12000, 8000),
    *(run._replace(tile=OFF) for run in SQUARES[:2]), *(run._replace(tile="512") for run in SQUARES[:2]),
)  # fmt: skip
RIVALS = (Run(512, 512), Run(1024, 1024))
QUICK_SIZES = (Run(96, 64), Run(192, 128))
QUICK_OURS = (*QUICK_SIZES, QUICK_SIZES[1]._replace(tile=OFF), QUICK_SIZES[1]._replace(tile="64"))


def measure(options: Options) -> dict[str, Any]:
    """Every program once, from small to large, and the plots of docs/."""
    check_peak_memory("sizes")
    ours, rivals = (QUICK_OURS, QUICK_SIZES) if options.quick else (OURS, RIVALS)
    ours = tuple(run for run in ours if options.largest is None or run.megapixels <= options.largest)
    if not ours:
        raise SystemExit(
            f"sizes: no picture is as small as --largest {options.largest:g} megapixels; give a larger number"
        )
    with tempfile.TemporaryDirectory() as name:
        work = _Work(Path(name), options)
        figures = {
            "pair": work.pair.name,
            "preset": PRESET,
            "memory": MEMORY,
            "rivals": beyond_the_smallest([work.row("rival", run, work.rival) for run in rivals]),
            "ours": beyond_the_smallest(
                [work.row("ours", run, work.ours) for run in sorted(ours, key=lambda run: run.megapixels)]
            ),
        }
    for file, plot in plots(figures).items():
        options.save_picture(file, plot.encode())
    return figures


class _Work:
    """The pictures, in a folder for the time of a run, and what is made of them."""

    def __init__(self, folder: Path, options: Options) -> None:
        self._folder, self._options, self.pair = folder, options, pairs(folder)[0]
        self._kept = Kept(KEPT)
        sources = [*(ROOT / "src").rglob("*.py"), *(ROOT / "src").rglob("*.npz"), *self.pair, Path(__file__)]
        rival = [ROOT / "benchmarks" / "rivals.py", *self.pair, Path(__file__)]
        self._sources = {"ours": sources, "rival": rival}

    def row(self, kind: str, run: Run, make: Callable[[Path, Run], dict[str, Any]]) -> dict[str, Any]:
        """The row that is kept from before, on such a machine and with the same sources; else one that is made now."""
        options = self._options
        machine = f"{processor()}, {usable_cores()} cores, {memory_gib()} GiB"
        depends_on = f"{fingerprint(self._sources[kind])} on {machine}, weights {options.weights}"
        name = f"{kind}: {run.name}" + (", quick" if options.quick else "")

        def made() -> dict[str, Any]:
            found = {**run._asdict(), "megapixels": run.megapixels, **make(self._content(run), run)}
            print(f"  {name}: {found['seconds']:,.0f} s, {found['peak_bytes'] / GIGABYTE:.2f} GB", flush=True)
            return {**found, "date": datetime.datetime.now(datetime.UTC).date().isoformat()}

        return self._kept.row(name, depends_on, made, again=lambda row: options.quick)

    def _content(self, run: Run) -> Path:
        """Enlarged in another process: a child's peak memory begins at its parent's."""
        path = self._folder / f"{run.width}x{run.height}.jpg"
        if not path.exists():
            apart(enlarge, self.pair.content, path, run.height, run.width)
        return path

    def ours(self, content: Path, run: Run) -> dict[str, Any]:
        """`steadystyle stylize`, and what its report tells."""
        report = self._folder / "report.json"
        command = our_command(content, self.pair.style, self._folder / "ours.png", max(run[:2]), self._options)
        child = run_child([*command, "--preset", PRESET, "--memory", MEMORY, "--tile", run.tile, "--json", report])
        found = told(json.loads(report.read_text("utf-8")))
        if run.tile not in (AUTO, OFF):  # nobody is told of what he asked for
            found["measured_in"] = int(run.tile)
        return {**child._asdict(), **found}

    def rival(self, content: Path, run: Run) -> dict[str, Any]:
        """The tutorial's method, with one step and with a few."""
        command = partial(rival_command, content, self.pair.style, self._folder / "rival.png", max(run[:2]))
        one, few = (run_child(command(steps)) for steps in (1, RIVAL_STEPS))
        step = (few.seconds - one.seconds) / (RIVAL_STEPS - 1)
        return {"seconds": few.seconds, "peak_bytes": few.peak_bytes, "steps": RIVAL_STEPS, "step_seconds": step}


def enlarge(photo: Path, path: Path, height: int, width: int) -> None:
    """Save the middle of a photo, cut to the shape of `height` x `width`, at that size."""
    picture = load_image(photo)
    had = picture.shape[:2]
    share = min(had[0] / height, had[1] / width)
    down, across = (max(1, round(side * share)) for side in (height, width))
    top, left = (had[0] - down) // 2, (had[1] - across) // 2
    save_image(path, resize(picture[top : top + down, left : left + across], height, width))


def told(report: Mapping[str, Any]) -> dict[str, Any]:
    """Evaluations, the median seconds of one at the full size, tile and history, from the report of a run.

    The first evaluation at a size is left out: in it are the targets and the tracing.
    """
    full = [step["seconds"] for step in report["steps"] if step["scale"] == report["steps"][-1]["scale"]]
    said = " and ".join(event["remedy"] for event in report["events"] if event["where"] == "memory")
    tiles = re.findall(r"tiles of (\d+) pixels", said)
    history = re.findall(r"(\d+)% of the optimizer's history", said)
    return {
        "outcome": report["outcome"],
        "repairs": sum(event["repaired"] for event in report["events"]),
        "evaluations": len(report["steps"]),
        "full_size_evaluations": len(full),
        "step_seconds": statistics.median(full[1:] or full),
        "measured_in": int(tiles[-1]) if tiles else None,
        "history": int(history[-1]) / 100 if history else 1.0,
    }


def beyond_the_smallest(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with what they take for a megapixel, and with how that compares with the smallest picture's."""
    smallest = min(rows, key=lambda row: row["megapixels"])
    found = []
    for row in rows:
        more = (row["megapixels"] - smallest["megapixels"]) * MEGAPIXEL
        linear = row["megapixels"] / smallest["megapixels"] * smallest["step_seconds"]
        shares = {
            "bytes_per_pixel": (row["peak_bytes"] - smallest["peak_bytes"]) / more if more else None,
            "step_seconds_per_megapixel": row["step_seconds"] / row["megapixels"],
            "times_linear": row["step_seconds"] / linear,
        }
        found.append({**row, **shares})
    return found


def plots(figures: Mapping[str, Any]) -> dict[str, str]:
    """The plots, as SVG, by the names of their files."""
    ours = [row for row in figures["ours"] if row["tile"] == AUTO]
    whole = [row for row in figures["ours"] if row["tile"] == OFF]
    rivals = figures["rivals"]

    def line(rows: Sequence[Mapping[str, Any]], name: str, unit: float = 1.0) -> list[tuple[float, float]]:
        return [(row["megapixels"], row[name] / unit) for row in rows]

    return {
        SECONDS_PLOT: log_plot(
            "Time", "megapixels", "seconds",
            {
                f"steadystyle stylize --preset {figures['preset']}": line(ours, "seconds"),
                "the tutorial's method on VGG-19, one step": line(rivals, "step_seconds"),
                "one gradient evaluation of it, at the full size": line(ours, "step_seconds"),
            },
        ),
        MEMORY_PLOT: log_plot(
            "Peak memory", "megapixels", "GB",
            {
                "steadystyle stylize": line(ours, "peak_bytes", GIGABYTE),
                "the tutorial's method on VGG-19": line(rivals, "peak_bytes", GIGABYTE),
                "steadystyle stylize --tile off": line(whole, "peak_bytes", GIGABYTE),
            },
        ),
    }  # fmt: skip


def table(figures: dict[str, Any]) -> list[str]:
    """The figures in Markdown."""
    ours, rivals = figures["ours"], figures["rivals"]
    dates = sorted({row["date"] for row in (*ours, *rivals)})
    columns = (
        "| picture | megapixels | whole program, s | peak memory, GB | bytes per pixel | one step, s | s per megapixel"
    )
    return [
        f"`steadystyle stylize --preset {figures['preset']} --memory {figures['memory']}` as a whole program, once",
        f"each ({figures['pair']}, the photo enlarged). A step is a gradient evaluation at the full size with the",
        "optimizer's share in it, the median of the run's report. Bytes per pixel: what is beyond the peak of the",
        "smallest picture, divided by the pixels beyond its; 1,000 are a GB per megapixel. Times linear: a step's",
        "seconds per pixel beside the smallest picture's.",
        "",
        f"{columns} | times linear | measured | history |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---|---:|",
        *(f"| {_common(row)} | {row['times_linear']:.2f} | {_measured(row)} | {row['history']:.0%} |" for row in ours),
        "",
        f"The tutorial's method on VGG-19, {rivals[0]['steps']} steps; a step is what those beyond the first take:",
        "",
        f"{columns} |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *(f"| {_common(row)} |" for row in rivals),
        "",
        f"Measured {dates[0]}" + (f" to {dates[-1]}" if dates[1:] else "") + "; plots: `docs/size_speed_memory.md`.",
    ]


def _common(row: Mapping[str, Any]) -> str:
    bytes_per_pixel = "" if row["bytes_per_pixel"] is None else f"{row['bytes_per_pixel']:,.0f}"
    return " | ".join(
        [
            Run(row["width"], row["height"], row["tile"]).name,
            f"{row['megapixels']:.3g}",
            f"{row['seconds']:,.1f}",
            f"{row['peak_bytes'] / GIGABYTE:.2f}",
            bytes_per_pixel,
            f"{row['step_seconds']:.3g}",
            f"{row['step_seconds_per_megapixel']:.3g}",
        ]
    )


def _measured(row: Mapping[str, Any]) -> str:
    how = "whole" if row["measured_in"] is None else f"in tiles of {row['measured_in']}"
    return how + (f", {row['repairs']} repairs" if row["repairs"] else "")
