"""One picture by optimisation, from pictures and settings to a result."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from steadystyle.core.injection import inject
from steadystyle.core.outcome import Result
from steadystyle.core.settings import Settings
from steadystyle.images.arrays import Picture, as_picture, as_styles
from steadystyle.transfer.checkpoint import Checkpoint
from steadystyle.transfer.recorder import Report
from steadystyle.transfer.run import Run


def stylize(
    content: Picture,
    style: Picture | Sequence[Picture],
    *,
    settings: Settings | None = None,
    report: Report | None = None,
    stop: Callable[[], bool] | None = None,
    checkpoint: str | os.PathLike[str] | Checkpoint | None = None,
    resume: bool = False,
    **overrides: Any,
) -> Result:
    """Make a picture with the content of one picture and the style of another.

    Args:
        content: a path, or an array (H, W, 3): float in [0, 1], or uint8. Arrays in other ranges and forms are put
            right or refused as docs/inputs.md says, and what was done is an event of the result.
        style: the same; several styles in a list blend in equal shares.
        settings: what to compute; the defaults if None.
        report: called after each gradient evaluation and each event.
        stop: asked before each step; True ends the run with the best picture so far.
        checkpoint: a file that keeps where the run stands, written now and then, and at the end (docs/checkpoints.md).
        resume: go on from that file if it is there; a run that it shows as finished gives its result again.
        overrides: single settings by name, over those of `settings`.

    Returns:
        the best picture at the full size, with the loss measured at that very picture. A run that is cut short at a
        smaller scale gives its picture enlarged.

    Raises:
        PictureError: a picture cannot be read or used.
        SettingsError: a setting has no possible meaning.
        WeightsError: the backbone's weights are missing or broken.
        CheckpointError: the checkpoint is damaged, another run's or in use; or there is one, and no `resume`.
        OutputError: it has no folder that can be written to.

    Example:
        >>> result = steadystyle.stylize("photo.jpg", "painting.jpg", size=768, preset="fine")
        >>> steadystyle.save_image("out.png", result.image)

    Source: Gatys et al., "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016; coarse to fine after
    their CVPR 2017 paper. We leave them in normalising each loss by its target, and in the guard around each step.
    """
    settings = (settings or Settings()).replaced(overrides).resolved()
    styles = as_styles(style)
    came = as_picture(inject("content", None, content))
    del content, style  # what is read here, nobody else need keep
    remarks = [("content", came.remarks)]
    remarks += [("style" if len(styles) == 1 else f"style {n}", one.remarks) for n, one in enumerate(styles, 1)]
    if checkpoint is not None and not isinstance(checkpoint, Checkpoint):
        checkpoint = Checkpoint(checkpoint, resume=resume)
    run = Run(settings, came.picture, [one.picture for one in styles], report, stop)
    del came, styles
    try:
        if not run.went_on(checkpoint):
            run.begin(remarks)
        return run.to_the_end()
    finally:
        if checkpoint is not None:
            checkpoint.close()
