"""Seconds per step, and seconds for a whole picture from the command line."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.alternating import alternate, seconds_of
from benchmarks.children import our_command, rival_command, run_child
from benchmarks.options import Options
from benchmarks.problems import Pair, pairs
from steadystyle.apps.cli.tensorflow_quietly import import_tensorflow

TITLE = "Speed"
RIVAL_STEPS = 1000


def measure(options: Options) -> dict[str, Any]:
    """Time single steps in this process, alternating, then whole programs, alternating."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pair = pairs(folder)[0]
        single, size = _single_steps(pair, options)
        whole = _whole_programs(pair, folder, options, single["rival"])
    return {"pair": pair.name, "size": size, "step": single, "picture": whole}


def _single_steps(pair: Pair, options: Options) -> tuple[dict[str, Any], str]:
    import_tensorflow()
    from benchmarks.step_times import OURS, RIVAL, steps_of  # loads TensorFlow: not for making the table

    steps, size = steps_of(pair, options)
    competitors = {name: lambda step=step: seconds_of(step) for name, step in steps.items()}
    # The first steps trace and compile; until the tenth, L-BFGS has not all its curvature pairs to work through.
    seconds = alternate(competitors, options.amount(15, 2), warm_up=options.amount(12, 1))
    rival = seconds[RIVAL]["median"]
    ratios = {name: rival / seconds[name]["median"] for name in OURS.values()}
    return {"seconds": seconds, "rival": rival, "times_faster": ratios}, size


def _whole_programs(pair: Pair, folder: Path, options: Options, seconds_per_step: float) -> dict[str, Any]:
    """Ours from start to saved picture, and the rival's script with one step, of which the rest is extrapolated."""
    ours = our_command(*pair, folder / "ours.png", options.size, options)
    rival = rival_command(*pair, folder / "rival.png", options.size, steps=1)
    seconds = alternate(
        {"ours": lambda: run_child(ours).seconds, "rival_one_step": lambda: run_child(rival).seconds},
        options.amount(3, 1),
    )
    extrapolated = seconds["rival_one_step"]["median"] + (RIVAL_STEPS - 1) * seconds_per_step
    measured = None
    if options.full:
        all_steps = rival_command(*pair, folder / "rival.png", options.size, options.amount(RIVAL_STEPS, 3))
        measured = run_child(all_steps).seconds
    rival_seconds = extrapolated if measured is None else measured
    return {
        "seconds": seconds,
        "rival_extrapolated_seconds": extrapolated,
        "rival_measured_seconds": measured,
        "times_faster": rival_seconds / seconds["ours"]["median"],
    }


def table(figures: dict[str, Any]) -> list[str]:
    """The figures in Markdown."""
    step, picture = figures["step"], figures["picture"]
    lines = [
        f"One step at {figures['size']} ({figures['pair']}), medians of alternating steps after warm-up:",
        "",
        "| one step | seconds | times faster |",
        "|---|---:|---:|",
    ]
    for name, seconds in step["seconds"].items():
        faster = step["times_faster"].get(name)
        lines.append(f"| {name} | {seconds['median']:.3f} | {'' if faster is None else f'{faster:.1f}'} |")
    ours, one = picture["seconds"]["ours"], picture["seconds"]["rival_one_step"]
    if picture["rival_measured_seconds"] is None:
        rival_seconds = picture["rival_extrapolated_seconds"]
        how = f"extrapolated: the script with 1 step, {one['median']:.1f} s, plus 999 times the median step"
    else:
        rival_seconds = picture["rival_measured_seconds"]
        how = f"measured; the extrapolation says {picture['rival_extrapolated_seconds']:,.0f} s"
    return [
        *lines,
        "",
        "A whole picture of that size, from the start of the program to the saved file:",
        "",
        "| whole program | seconds | times faster |",
        "|---|---:|---:|",
        f"| tutorial's method, 1,000 steps ({how}) | {rival_seconds:,.0f} | |",
        f"| `steadystyle stylize`, defaults (median of {ours['count']}, {ours['lowest']:.1f} to {ours['highest']:.1f}) "
        f"| {ours['median']:.1f} | {picture['times_faster']:.0f} |",
    ]
