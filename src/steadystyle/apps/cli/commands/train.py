"""`steadystyle train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from steadystyle.apps.cli.options import TrainFlags, given_by, option


def train(
    style: Annotated[Path, Parameter(help="How the network is to paint.")],
    /,
    *styles: Annotated[Path, Parameter(help="More styles for the same network, to choose from or to blend.")],
    images: Annotated[Path, option("--images", "A folder of photographs to train on, also below it.", "FOLDER")],
    output: Annotated[Path, option(("--output", "-o"), "The trained network.", "MODEL.keras")],
    pictures: Annotated[
        Path | None,
        option("--pictures", "Save what it makes of photographs held back, at each validation.", "FOLDER"),
    ] = None,
    tensorboard: Annotated[
        Path | None, option("--tensorboard", "Write losses and pictures for TensorBoard there.", "FOLDER")
    ] = None,
    force: Annotated[bool, option("--force", "Overwrite MODEL.keras if it exists.")] = False,
    quiet: Annotated[
        bool, option(("--quiet", "-q"), "Say nothing but errors and warnings; standard output is the same.")
    ] = False,
    flags: TrainFlags = None,
) -> int:
    """Train a network that paints in STYLE in one pass; `steadystyle apply MODEL.keras PICTURE...` uses it.

    The state is kept in MODEL.checkpoint.npz, so that a training that was stopped, killed or lost its power goes on
    where it was when the same command is given again. What is written is the network as it validated
    best; Ctrl-C ends the training with the best so far.
    """
    # Loads numpy and Pillow: not for --help.
    from steadystyle.apps.cli.training import Training
    from steadystyle.core.settings import TrainSettings

    settings = TrainSettings.from_dict(given_by(flags))
    training = Training((style, *styles), images, output, settings, pictures, tensorboard, quiet=quiet)
    return training.carry_out(force=force)
