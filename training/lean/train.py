"""Train the network that others begin with: `python -m training.lean.train PICTURES --run FOLDER`.

It learns many made-up styles at once, so that its convolutions come to know strokes, edges and patches of all kinds.
PICTURES is any folder of pictures; the last 40 by name are held back. Meant for a processor with a few cores, for an
hour. The run folder keeps a checkpoint, the network, and pictures to look at; the same command resumes it, and
`python -m training.lean.export` writes the result.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from steadystyle.core.settings import TrainSettings
from steadystyle.feedforward.model_file import save_model
from steadystyle.feedforward.pace import Look
from steadystyle.feedforward.train import train
from steadystyle.images.save import save_image
from training.any_style.styles import Styles
from training.compact.pictures import photographs

STYLE_SIDE = 320


def learn(options: argparse.Namespace) -> None:
    """To the end; what is there already is gone on with."""
    folder = options.run / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    files, _ = photographs(options.pictures)
    for file in files:
        if not (folder / file.name).is_symlink():
            (folder / file.name).symlink_to(file.resolve())
    styles = Styles(files[::8], options.styles, STYLE_SIDE, options.seed).batch()
    save_image(options.run / "styles.png", np.concatenate(list(styles), 1))

    def report(look: Look, make: Callable[[], np.ndarray]) -> None:
        named = ", ".join(f"{name} {value:.4g}" for name, value in look.validation.items())
        print(f"step {look.step}, {look.seconds:.0f} s: {named}", flush=True)
        save_image(options.run / "held_back.png", np.concatenate(list(make()), 1))

    settings = TrainSettings(
        start="random", steps=options.steps, batch=options.batch, size=options.size, style_size=STYLE_SIDE,
        style_weight=options.style_weight, learning_rate=options.rate, look_every=options.every, seed=options.seed,
    )  # fmt: skip
    checkpoint = options.run / "checkpoint.npz"
    trained = train(list(styles), folder, settings=settings, checkpoint=checkpoint, report=report)
    save_model(trained.network, options.run / "network.keras")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser(description=__doc__)
    found.add_argument("pictures", type=Path)
    found.add_argument("--run", type=Path, required=True)
    found.add_argument("--styles", type=int, default=16)
    found.add_argument("--steps", type=int, default=8000)
    found.add_argument("--batch", type=int, default=4)
    found.add_argument("--size", type=int, default=160)
    found.add_argument("--style-weight", type=float, default=8.0)
    found.add_argument("--rate", type=float, default=3e-3)
    found.add_argument("--every", type=int, default=500, help="steps between validations")
    found.add_argument("--seed", type=int, default=7)
    return found


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    learn(parser().parse_args())
