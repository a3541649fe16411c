"""Faults put into a training: what becomes of it by `steadystyle train`, and by Keras's `fit`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.options import Options
from steadystyle.apps.cli.demo_pictures import landscape, starry
from steadystyle.apps.cli.tensorflow_quietly import import_tensorflow
from steadystyle.images.save import save_image

TITLE = "Faults in training"
NEAR = 1.10
"""A training has survived if its loss is at most so many times that of the one without a fault."""
PICTURES, SIDE = 12, 128


def measure(options: Options) -> dict[str, Any]:
    """Put every fault to every way of training."""
    import_tensorflow()
    from benchmarks.trainings import CONTROL, FAULTS, TRAINERS, Given  # loads TensorFlow: not for making the table
    from steadystyle.core.settings import TrainSettings

    steps = options.amount(160, 6)
    small = {"size": options.amount(48, 32), "style_size": options.amount(96, 48), "batch": 2, "precision": "float32"}
    settings = TrainSettings.from_dict(
        {**small, "start": "random", "steps": steps, "look_every": options.amount(20, 2)}
    )
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = photographs(Path(name))
        given = Given(starry(), folder, settings, steps // 2)
        clean: dict[str, float | None] = {}
        for fault, what in FAULTS.items():
            endings = {trainer: carry_out(given, what) for trainer, carry_out in TRAINERS.items()}
            if fault == CONTROL:
                clean = {trainer: ending.loss for trainer, ending in endings.items()}
            row = {trainer: {**e._asdict(), "ratio": _ratio(e.loss, clean[trainer])} for trainer, e in endings.items()}
            rows.append({"fault": fault, "sentence": what.sentence, "endings": row})
            print(f"  {fault}: {', '.join(_cell(one) for one in row.values())}", flush=True)
    return {"steps": steps, "at": given.at, "size": settings.size, "batch": settings.batch, "faults": rows}


def photographs(folder: Path) -> Path:
    """Parts of a drawn landscape, as files."""
    picture, generator = landscape(), np.random.default_rng(0)
    for number in range(PICTURES):
        top, left = (int(generator.integers(side - SIDE)) for side in picture.shape[:2])
        save_image(folder / f"{number:02}.png", picture[top : top + SIDE, left : left + SIDE])
    return folder


def table(figures: dict[str, Any]) -> list[str]:
    """The figures in Markdown."""
    rows = figures["faults"]
    trainers, counted = list(rows[0]["endings"]), rows[1:]
    survived = [sum(_survived(row["endings"][trainer]) for row in counted) for trainer in trainers]
    return [
        f"One fault put into a training of the small network (one style, {figures['batch']} crops of {figures['size']} "
        f"px a step, {figures['steps']} steps, harmed at step {figures['at']} where nothing else is said): by "
        "`steadystyle train`, by Keras's `fit` on the same network, batches, rates and optimizer, and by that with "
        "what Keras has against NaN. The number is the loss on pictures held back, in times that of the same way of "
        f"training without a fault; at most {NEAR:.2f} counts as survived.",
        "",
        f"| fault | {' | '.join(trainers)} | what `steadystyle train` tells |",
        f"|---|{'---:|' * len(trainers)}---|",
        *(_row(row, trainers) for row in rows),
        f"| **survived** | {' | '.join(f'**{count} of {len(counted)}**' for count in survived)} | |",
        "",
        *(f"- {row['fault']}: {row['sentence']}" for row in rows),
    ]


def _row(row: dict[str, Any], trainers: list[str]) -> str:
    endings = [row["endings"][trainer] for trainer in trainers]
    named = endings[0]["named"]
    return f"| {row['fault']} | {' | '.join(map(_cell, endings))} | {'; '.join(named) or 'nothing'} |"


def _cell(ending: dict[str, Any]) -> str:
    if ending["ratio"] is None:
        return str(ending["word"])
    return f"{ending['ratio']:.3f}" + (f" ({ending['word']})" if ending["word"] else "")


def _survived(ending: dict[str, Any]) -> bool:
    return ending["ratio"] is not None and ending["ratio"] <= NEAR


def _ratio(loss: float | None, clean: float | None) -> float | None:
    return None if loss is None or clean is None else loss / clean
