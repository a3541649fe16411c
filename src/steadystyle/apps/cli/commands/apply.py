"""`steadystyle apply`."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from steadystyle.apps.cli.options import PICTURE, PassFlags, given_by, option

if TYPE_CHECKING:
    from steadystyle.apps.cli.sources import Failure


def apply(
    *pictures: Annotated[
        str, Parameter(help="Files, folders, and patterns such as '**/*.jpg'; a trained MODEL.keras before them.")
    ],
    style: Annotated[
        list[Path] | None,
        option("--style", "How they are painted, without a MODEL; given again, styles are blended.", "FILE", PICTURE),
    ] = None,
    share: Annotated[
        list[str] | None,
        option("--share", "How much of each style, in order, or by name: sun=2 (default: equal).", "NUMBER", PICTURE),
    ] = None,
    output: Annotated[
        Path, option(("--output", "-o"), "The folder for the results; made if it is missing.", "FOLDER")
    ] = Path(),
    format: Annotated[Literal["png", "jpg", "webp", "tif"], option("--format", "Of the results.", "NAME")] = "png",
    force: Annotated[bool, option("--force", "Make those anew that are there already.")] = False,
    quiet: Annotated[
        bool,
        option(("--quiet", "-q"), "Say nothing but errors and warnings; standard output is the same."),
    ] = False,
    flags: PassFlags = None,
) -> int:
    """Paint PICTURES in a style in a fraction of a second each, by a network instead of by optimisation.

    With --style, by the network for any style; with a MODEL.keras that `steadystyle train` wrote, by that one.

    PHOTO becomes PHOTO_STYLE.png, or PHOTO_MODEL.png, in the folder of --output. What is there already is left as it
    is, so that a run that was cut short goes on where it stopped. A picture that cannot be done is told in a line, and
    the others go on; the exit code is then that of the first such error. A result has at most 16 million pixels.
    """
    # Loads numpy and Pillow: not for --help.
    from steadystyle.apps.cli.batch import Batch
    from steadystyle.apps.cli.interruption import Interruption
    from steadystyle.apps.cli.sources import tasks_of
    from steadystyle.core.errors import SettingsError
    from steadystyle.core.outcome import Outcome
    from steadystyle.core.settings import PassSettings
    from steadystyle.feedforward.shares import checked_shares, shares_in
    from steadystyle.images.load import load_image

    model = Path(pictures[0]) if pictures and pictures[0].endswith(".keras") else None
    pictures = pictures[1:] if model else pictures
    if not pictures:
        raise SettingsError("apply: no picture came; name files, folders or patterns")
    if (model is None) == (not style):
        raise SettingsError("apply: give either --style FILE or a MODEL.keras before the pictures")
    settings, started = PassSettings.from_dict(given_by(flags)), time.monotonic()
    shares = shares_in(share) if share else None
    if style and shares is not None:
        shares = checked_shares(shares, [path.stem for path in style])
    names = "_".join(path.stem for path in ([model] if model else style or []))[:100]
    tasks, failures = tasks_of(pictures, output, f"_{names}.{format}")
    for failure in failures:
        _complain(failure)
    new = [task for task in tasks if force or not task.target.exists()]
    made = 0
    with Interruption() as interruption:
        if new:
            source = model or [load_image(path) for path in style or []]
            batch = Batch(source, shares, settings, interruption, quiet=quiet)
            for ended in batch.run(new, output):
                if isinstance(ended, Path):
                    print(ended, flush=True)
                    made += 1
                else:
                    failures.append(ended)
                    _complain(ended)
        if interruption.requested or failures or not quiet:
            seconds = time.monotonic() - started
            there = f", {len(tasks) - len(new)} were there already" if len(new) < len(tasks) else ""
            failed = f", {len(failures)} failed" if failures else ""
            early = "; stopped before the end" if interruption.requested else ""
            print(f"steadystyle: {made} made{there}{failed}, {seconds:.1f} s{early}", file=sys.stderr)
        if interruption.requested:
            return Outcome.STOPPED.exit_code
    return failures[0].error.exit_code if failures else 0


def _complain(failure: Failure) -> None:
    """One line; most messages name the picture already."""
    message = str(failure.error)
    named = message if str(failure.source) in message else f"{failure.source}: {message}"
    print(f"steadystyle: {named}", file=sys.stderr)
