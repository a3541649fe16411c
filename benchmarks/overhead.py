"""What the guard costs where nothing goes wrong."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.alternating import quartiles
from benchmarks.options import Options
from benchmarks.problems import pairs
from steadystyle.apps.cli.tensorflow_quietly import import_tensorflow

TITLE = "Overhead of the guard"
PRECISIONS = ("bfloat16", "float32")
PARTS = {
    "whole step": "a step with the guard beside one without",
    "health": "measuring: the health outputs in the graph",
    "checks": "judging: every check",
    "bookkeeping": "advancing beyond what the optimizer does: best picture, last good state",
}
"""Each as a share of the step without the guard."""


def measure(options: Options) -> dict[str, Any]:
    """Steps with and without the guard, in pairs; and the measurements that one default run makes twice."""
    import_tensorflow()
    from benchmarks import guarded_steps  # loads TensorFlow: not for making the table
    from steadystyle.images.load import load_image

    with tempfile.TemporaryDirectory() as name:
        pair = pairs(Path(name))[0]
        content, style = load_image(pair.content), load_image(pair.style)
        steps = {}
        for precision in PRECISIONS:
            race = guarded_steps.Race(content, style, options.size, precision, options.weights)
            rounds = race.run(options.amount(240, 3), warm_up=options.amount(12, 1))
            shares = {part: quartiles([one.shares()[part] for one in rounds]) for part in PARTS}
            steps[precision] = {
                "seconds": quartiles([one.without for one in rounds]),
                "shares": shares,
                "rounds": len(rounds),
            }
            print(f"  {precision}: {shares['whole step'][1]:+.2%}", flush=True)
        confirmations = guarded_steps.confirmations(content, style, options)
    return {"pair": pair.name, "size": options.size, "steps": steps, "confirmations": confirmations}


def table(figures: dict[str, Any]) -> list[str]:
    """The figures in Markdown: medians, with quartiles."""
    steps, confirmations = figures["steps"], figures["confirmations"]
    count = next(iter(steps.values()))["rounds"]
    lines = [
        f"A healthy run at {figures['size']} px ({figures['pair']}). A full step (measure, judge, advance) beside the "
        f"same step without health outputs, checks and bookkeeping (measure, propose), in {count} pairs, each in "
        "alternating order; medians of the pairs' ratios, with quartiles:",
        "",
        f"| what the guard adds to a step | {' | '.join(steps)} |",
        f"|---|{'---:|' * len(steps)}",
    ]
    for part, words in PARTS.items():
        cells = [_percent(found["shares"][part]) for found in steps.values()]
        lines.append(f"| {words} | {' | '.join(cells)} |")
    seconds = [f"{found['seconds'][1]:.3f} s" for found in steps.values()]
    lines.append(f"| (the step without the guard) | {' | '.join(seconds)} |")
    return [
        *lines,
        "",
        f"A whole run with the defaults records {confirmations['recorded']} measurements and makes "
        f"{confirmations['measured']}: {confirmations['measured'] - confirmations['recorded']} to confirm others, "
        f"{confirmations['share']:.1%} more, {confirmations['share_of_pixels']:.1%} by pixels; it ended "
        f"{confirmations['outcome']}.",
    ]


def _percent(share: list[float]) -> str:
    lower, median, upper = share
    return f"{median:+.2%} ({lower:+.2%} to {upper:+.2%})"
