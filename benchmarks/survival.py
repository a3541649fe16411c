"""Who ends with a picture: hostile problems put to the loops that users write, and to ours."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.options import Options
from benchmarks.problems import pairs
from steadystyle.apps.cli.tensorflow_quietly import import_tensorflow

TITLE = "Survival"
CONTROL = "nothing hostile (not counted)"
SURVIVED = "✓"


def measure(options: Options) -> dict[str, Any]:
    """Put every problem to every loop."""
    import_tensorflow()
    from benchmarks import hardships  # loads TensorFlow: not for making the table
    from benchmarks.trial import Trial
    from steadystyle.images.load import load_image

    size, steps = options.amount(160, 48), options.amount(60, 4)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        pair = pairs(Path(name))[0]
        given = hardships.Pictures(load_image(pair.content), load_image(pair.style))
        for problem, hardship in {CONTROL: hardships.CONTROL, **hardships.HARDSHIPS}.items():
            own = (size, steps) if options.quick else (hardship.size or size, hardship.steps or steps)
            trial = Trial(hardship, given, *own)
            endings = {loop: ending._asdict() for loop, ending in trial.endings()}
            rows.append(
                {
                    "problem": problem,
                    "sentence": hardship.sentence,
                    "start_loss": trial.start_loss,
                    "endings": endings,
                }
            )
            print(f"  {problem}: {', '.join(e['word'] or SURVIVED for e in endings.values())}", flush=True)
    return {"pair": pair.name, "size": size, "steps": steps, "problems": rows}


def table(figures: dict[str, Any]) -> list[str]:
    """The figures in Markdown: how each loop ends, and how often it ends well."""
    rows = figures["problems"]
    loops = list(rows[0]["endings"])
    counted = [row for row in rows if row["problem"] != CONTROL]
    lines = [
        f"Hostile problems ({figures['pair']}, {figures['size']} px where nothing else is said, {figures['steps']} "
        "steps), each given to the loop of TensorFlow's tutorial (Adam on the pixels, clipped to [0, 1]), to the same "
        "with what Keras has against NaN, and to ours, all on the features of the compact network. "
        f"{SURVIVED}: the picture is finite, of the right size, in [0, 1] and not degenerate (at least a fifth of the "
        "content's spread, at most half of its numbers at 0 or 1 unless the content's are), and its loss, ours, "
        "measured in float32 without anything hostile, is below that of the picture that it started from. "
        "`no better`: it is all that, but its loss is not below. In every other case, what came out.",
        "",
        f"| problem | {' | '.join(loops)} |",
        f"|---|{'---|' * len(loops)}",
    ]
    for row in rows:
        words = [row["endings"][loop]["word"] or SURVIVED for loop in loops]
        lines.append(f"| {row['problem']} | {' | '.join(words)} |")
    for title, counts in (
        ("**a finite, whole picture**", [sum(row["endings"][loop]["whole"] for row in counted) for loop in loops]),
        ("**and a better one**", [sum(not row["endings"][loop]["word"] for row in counted) for loop in loops]),
    ):
        lines.append(f"| {title} | {' | '.join(f'**{count} of {len(counted)}**' for count in counts)} |")
    return [*lines, "", *(f"- {row['problem']}: {row['sentence']}" for row in rows)]
