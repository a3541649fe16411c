"""How much work our loss takes, against the tutorial's method on the same features."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.options import Options
from benchmarks.problems import Pair, pairs
from steadystyle.apps.cli.tensorflow_quietly import import_tensorflow

TITLE = "Steps to the same loss"
RIVAL_STEPS = 1000
MOST_STEPS = 600
OWN, STRICT = "tutorial", "tutorial_optimizer_on_our_loss"


def measure(options: Options) -> dict[str, Any]:
    """On each backbone and each pair: two rivals first, then ours until it is at or below both."""
    import_tensorflow()
    from benchmarks.teacher_backbone import teacher_is_there, write_teacher_weights  # loads TensorFlow

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        backbones: dict[str, Path | None] = {"compact": options.weights}
        if teacher_is_there():
            backbones["teacher"] = folder / "teacher.npz"
            write_teacher_weights(folder / "teacher.npz", options.amount(24, 4))
        magnitudes: dict[str, float] = {}
        contests = []
        for pair in pairs(folder, options.pairs):
            contests.append(_contest(pair, backbones, magnitudes, options))
            print(f"  {pair.name}: {_progress(contests[-1])}", flush=True)
    return {
        "size": options.size,
        "rival_steps": options.amount(RIVAL_STEPS, 20),
        "most_steps": options.amount(MOST_STEPS, 10),
        "magnitudes": magnitudes,
        "pairs": contests,
    }


def _contest(
    pair: Pair, backbones: dict[str, Path | None], magnitudes: dict[str, float], options: Options
) -> dict[str, Any]:
    from benchmarks import contest  # loads TensorFlow: not for making the table
    from steadystyle.core.settings import Settings
    from steadystyle.images.load import load_image

    content, style = load_image(pair.content), load_image(pair.style)
    rival_steps, found, arena, picture = options.amount(RIVAL_STEPS, 20), {}, None, None
    for name, weights in backbones.items():
        settings = Settings(size=options.size, weights=weights)
        if name not in magnitudes:
            magnitudes[name] = contest.best_magnitude(settings, content, style, options.amount(contest.PILOT_STEPS, 5))
        arena = contest.Arena(settings, content, style)
        own = contest.tutorial_result(arena, magnitudes[name], rival_steps)
        strict = contest.tutorial_optimizer_on_our_loss(arena, magnitudes[name], rival_steps)
        goals = {OWN: own.loss, STRICT: strict.loss}
        ours = contest.our_result(arena, goals, options.amount(MOST_STEPS, 10))
        picture = ours.preset_picture if picture is None else picture
        found[name] = {
            OWN: own._asdict(),
            STRICT: strict._asdict(),
            "ours_reached": ours.reached,
            "ours_preset": ours.preset,
        }
    figures: dict[str, Any] = {"pair": pair.name, "backbones": found}
    if "teacher" in backbones and arena is not None and picture is not None:
        figures["compact_picture_on_teacher"] = arena.loss(picture)
    return figures


def _progress(figures: dict[str, Any]) -> str:
    return "; ".join(
        f"{name}: {' and '.join(_cost(found['ours_reached'][goal]) for goal in (OWN, STRICT))}"
        for name, found in figures["backbones"].items()
    )


def _cost(reached: dict[str, Any] | None) -> str:
    return "not reached" if reached is None else f"{reached['evaluations']} evaluations, {reached['seconds']:.1f} s"


def table(figures: dict[str, Any]) -> list[str]:
    """The figures in Markdown: one table for each backbone, and what the teacher says of the compact's pictures."""
    rows = figures["pairs"]
    lines = [
        f"At {figures['size']} px. The tutorial's method takes {figures['rival_steps']:,} steps at the full size; the "
        "figure is our loss of its last picture. Its optimizer then minimises our loss itself for as many steps; the "
        "figure is the lowest loss met. Ours goes from coarse to fine until it is at or below these; counted are the "
        "gradient evaluations at the full size, and all seconds, those at smaller sizes included. Features on which "
        "the tutorial's own weights work are multiplied by "
        + ", ".join(f"{magnitude:g} ({name})" for name, magnitude in figures["magnitudes"].items())
        + ", the magnitude that serves it best.",
    ]
    for backbone in rows[0]["backbones"]:
        lines += ["", f"On the features of the {backbone} network:", "", *_backbone_table(backbone, rows)]
    if "compact_picture_on_teacher" in rows[0]:
        lines += ["", *_judged_by_teacher(rows)]
    return lines


def _backbone_table(backbone: str, rows: Sequence[dict[str, Any]]) -> list[str]:
    lines = [
        "| pictures | tutorial: our loss, seconds | ours gets there in | times faster | its optimizer on our loss: "
        "lowest, seconds | ours gets there in | times faster | ours, standard preset: loss, seconds |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        found = row["backbones"][backbone]
        cells = [row["pair"]]
        for goal in (OWN, STRICT):
            rival, reached = found[goal], found["ours_reached"][goal]
            faster = f"{rival['seconds'] / reached['seconds']:.1f}" if reached else ""
            cells += [f"{rival['loss']:.4f}, {rival['seconds']:.0f} s", _cost(reached), faster]
        cells.append(f"{found['ours_preset']['loss']:.4f}, {found['ours_preset']['seconds']:.1f} s")
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, "", *(_conclusion(goal, [row["backbones"][backbone] for row in rows]) for goal in (OWN, STRICT))]


def _conclusion(goal: str, found: Sequence[dict[str, Any]]) -> str:
    whose = {OWN: "the tutorial's method", STRICT: "the tutorial's optimizer on our loss"}[goal]
    reached = [entry for entry in found if entry["ours_reached"][goal]]
    text = f"- Against {whose}: reached on {len(reached)} of {len(found)} pairs"
    if not reached:
        return f"{text}."
    evaluations = [entry["ours_reached"][goal]["evaluations"] for entry in reached]
    faster = statistics.median(entry[goal]["seconds"] / entry["ours_reached"][goal]["seconds"] for entry in reached)
    return (
        f"{text}, with {statistics.median(evaluations):g} gradient evaluations (median; at most {max(evaluations)}), "
        f"{faster:.1f} times faster (median)."
    )


def _judged_by_teacher(rows: Sequence[dict[str, Any]]) -> list[str]:
    lines = [
        "Our loss on the teacher's features, of the picture that `steadystyle stylize` makes with its defaults on the "
        "compact network, against what the rivals reach on the teacher's features themselves:",
        "",
        "| pictures | ours, made on the compact network | tutorial's method | its optimizer on our loss |",
        "|---|---:|---:|---:|",
    ]
    for row in rows:
        rivals = [row["backbones"]["teacher"][goal]["loss"] for goal in (OWN, STRICT)]
        cells = [row["pair"], *(f"{loss:.4f}" for loss in (row["compact_picture_on_teacher"], *rivals))]
        lines.append(f"| {' | '.join(cells)} |")
    return lines
