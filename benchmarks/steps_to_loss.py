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
WHOSE = {OWN: "the tutorial's method", STRICT: "the tutorial's optimizer on our loss"}


def measure(options: Options) -> dict[str, Any]:
    """On each backbone and each pair: the rival first (two in a full run), then ours until it is at or below."""
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
    rival_steps, found, pictures = options.amount(RIVAL_STEPS, 20), {}, {}
    for name, weights in backbones.items():
        settings = Settings(size=options.size, weights=weights)
        if name not in magnitudes:
            magnitudes[name] = contest.best_magnitude(settings, content, style, options.amount(contest.PILOT_STEPS, 5))
        arena = contest.Arena(settings, content, style)
        rivals = {OWN: contest.tutorial_result(arena, magnitudes[name], rival_steps)}
        if options.full:
            rivals[STRICT] = contest.tutorial_optimizer_on_our_loss(arena, magnitudes[name], rival_steps)
        goals = {goal: rival.loss for goal, rival in rivals.items()}
        ours = contest.our_result(arena, goals, options.amount(MOST_STEPS, 10))
        pictures[name] = ours.preset_picture
        found[name] = {
            "rivals": {goal: rival._asdict() for goal, rival in rivals.items()},
            "ours_reached": ours.reached,
            "ours_preset": ours.preset,
        }
    figures: dict[str, Any] = {"pair": pair.name, "backbones": found}
    if "teacher" in backbones:  # the last of them, so the arena is the teacher's
        figures["on_teacher"] = {name: arena.losses(picture) for name, picture in pictures.items()}
    return figures


def _progress(figures: dict[str, Any]) -> str:
    return "; ".join(
        f"{name}: {' and '.join(map(_cost, found['ours_reached'].values()))}"
        for name, found in figures["backbones"].items()
    )


def _cost(reached: dict[str, Any] | None) -> str:
    return "not reached" if reached is None else f"{reached['evaluations']} evaluations, {reached['seconds']:.1f} s"


def table(figures: dict[str, Any]) -> list[str]:
    """The figures in Markdown: one table for each backbone, and what the teacher says of the compact's pictures."""
    rows = figures["pairs"]
    goals = list(next(iter(rows[0]["backbones"].values()))["rivals"])
    strict = (
        " Its optimizer then minimises our loss itself for as many steps; the figure is the lowest loss met."
        if STRICT in goals
        else ""
    )
    lines = [
        f"At {figures['size']} px. The tutorial's method takes {figures['rival_steps']:,} steps at the full size; the "
        f"figure is our loss of its last picture.{strict} Ours goes from coarse to fine until it is at or below; "
        "counted are the gradient evaluations at the full size, and all seconds, those at smaller sizes included. "
        "Features on which the tutorial's own weights work are multiplied by "
        + ", ".join(f"{magnitude:g} ({name})" for name, magnitude in figures["magnitudes"].items())
        + ", the magnitude that serves it best.",
    ]
    for backbone in rows[0]["backbones"]:
        found = [row["backbones"][backbone] for row in rows]
        lines += ["", f"On the features of the {backbone} network:", "", *_backbone_table(backbone, goals, rows)]
        lines += ["", *(_conclusion(goal, found) for goal in goals)]
    if "on_teacher" in rows[0]:
        lines += ["", *_judged_by_teacher(rows)]
    return lines


def _backbone_table(backbone: str, goals: Sequence[str], rows: Sequence[dict[str, Any]]) -> list[str]:
    heads = [f"{WHOSE[goal]}: our loss, seconds | ours gets there in | times faster" for goal in goals]
    lines = [
        f"| pictures | {' | '.join(heads)} | ours, standard preset: loss, seconds |",
        f"|---|{'---:|---:|---:|' * len(goals)}---:|",
    ]
    for row in rows:
        found = row["backbones"][backbone]
        cells = [row["pair"]]
        for goal in goals:
            rival, reached = found["rivals"][goal], found["ours_reached"][goal]
            faster = f"{rival['seconds'] / reached['seconds']:.1f}" if reached else ""
            cells += [f"{rival['loss']:.4f}, {rival['seconds']:.0f} s", _cost(reached), faster]
        cells.append(f"{found['ours_preset']['loss']:.4f}, {found['ours_preset']['seconds']:.1f} s")
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _conclusion(goal: str, found: Sequence[dict[str, Any]]) -> str:
    reached = [entry for entry in found if entry["ours_reached"][goal]]
    text = f"- Against {WHOSE[goal]}: reached on {len(reached)} of {len(found)} pairs"
    if not reached:
        return f"{text}."
    evaluations = [entry["ours_reached"][goal]["evaluations"] for entry in reached]
    faster = statistics.median(
        entry["rivals"][goal]["seconds"] / entry["ours_reached"][goal]["seconds"] for entry in reached
    )
    return (
        f"{text}, with {statistics.median(evaluations):g} gradient evaluations (median; at most {max(evaluations)}), "
        f"{faster:.1f} times faster (median)."
    )


def _judged_by_teacher(rows: Sequence[dict[str, Any]]) -> list[str]:
    lines = [
        "What the teacher's features say of the pictures that `steadystyle stylize` makes with its defaults, on the "
        "compact network and on the teacher itself, in the same number of gradient evaluations:",
        "",
        "| pictures | our loss: compact's picture | teacher's picture | the tutorial's method on the teacher "
        "| style loss: compact's picture | teacher's picture | ratio |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    ratios = []
    for row in rows:
        compact, teacher = row["on_teacher"]["compact"], row["on_teacher"]["teacher"]
        ratios.append(compact["style"] / teacher["style"])
        cells = [f"{compact['loss']:.4f}", f"{teacher['loss']:.4f}"]
        cells.append(f"{row['backbones']['teacher']['rivals'][OWN]['loss']:.4f}")
        cells += [f"{compact['style']:.5f}", f"{teacher['style']:.5f}", f"{ratios[-1]:.3f}"]
        lines.append(f"| {' | '.join([row['pair'], *cells])} |")
    return [
        *lines,
        "",
        f"- Ratio of the style losses: {statistics.mean(ratios):.3f} on average, {statistics.median(ratios):.3f} in "
        f"the median, at most {max(ratios):.3f}.",
    ]
